"""Pure tones: each party and each prompt has its own, so an ear can tell who speaks."""

import itertools
import math
import wave
from array import array
from pathlib import Path

import numpy as np

RATE = 8000
WINDOW = RATE // 10  # 0.1 s
MIN_RMS = 0.01
MIN_SHARE = 0.2  # of the energy: a mix of two parties gives each about a half
_HANN = np.hanning(WINDOW)
_FREQUENCIES = np.fft.rfftfreq(WINDOW, 1 / RATE)


def tone(frequency: int, seconds: float = 1.0, loudness: float = 0.4) -> bytes:
    """16-bit samples; with a whole number of periods it can be looped."""
    samples = (math.sin(2 * math.pi * frequency * n / RATE) for n in range(int(RATE * seconds)))
    return array("h", [int(32767 * loudness * sample) for sample in samples]).tobytes()


def write_tone(path: Path, frequency: int, seconds: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(tone(frequency, seconds))


class Ear:
    """Listens piece by piece and remembers what each tenth of a second held."""

    def __init__(self) -> None:
        self._rest = b""
        self._spectra: list[np.ndarray] = []
        self.loud_s = 0.0

    def hear(self, samples: bytes) -> None:
        data = self._rest + samples
        whole = len(data) // (2 * WINDOW) * 2 * WINDOW
        self._rest = data[whole:]
        for window in np.frombuffer(data[:whole], "<i2").reshape(-1, WINDOW) / 32768:
            if np.sqrt((window**2).mean()) >= MIN_RMS:
                self.loud_s += 0.1
                power = np.abs(np.fft.rfft(window * _HANN)) ** 2
                self._spectra.append(power / power[1:].sum())

    def seconds_of(self, frequency: int) -> float:
        """How long this tone was to be heard, rounded to a tenth of a second."""
        near = np.abs(_FREQUENCIES - frequency) <= 20
        return round(0.1 * sum(share[near].sum() >= MIN_SHARE for share in self._spectra), 1)

    def turns(self, *frequencies: int) -> list[int]:
        """Which of these tones was to be heard after which, each as often as it began anew."""
        near = {frequency: np.abs(_FREQUENCIES - frequency) <= 20 for frequency in frequencies}
        heard = [next((f for f in near if share[near[f]].sum() >= MIN_SHARE), None) for share in self._spectra]
        return [tone for tone, _ in itertools.groupby(tone for tone in heard if tone is not None)]


def listen(path: Path) -> Ear:
    """An ear that has heard a whole file."""
    ear = Ear()
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 1, 2)
        ear.hear(file.readframes(file.getnframes()))
    return ear
