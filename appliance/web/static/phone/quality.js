// How good the connection of a call is, from what the browser counts: lost packets, jitter and the time to Asterisk and back.
(function () {
  "use strict";
  const Phone = (window.Phone = window.Phone || {});
  const LIMITS = { good: { loss: 0.02, jitterMs: 30, rttMs: 250 }, fair: { loss: 0.06, jitterMs: 60, rttMs: 500 } };

  function verdict(figures) {
    const within = (limits) => Object.keys(limits).every((name) => figures[name] === null || figures[name] <= limits[name]);
    return within(LIMITS.good) ? "good" : within(LIMITS.fair) ? "fair" : "poor";
  }
  const share = (lost, all) => (all > 0 ? Math.min(1, Math.max(0, lost) / all) : 0);
  const ms = (seconds) => (typeof seconds === "number" ? Math.round(seconds * 1000) : null);

  // Of the time since `before`, the answer of the last call; both directions count, the worse one decides.
  async function measure(connection, before) {
    const found = {};
    for (const row of (await connection.getStats()).values()) {
      if (row.kind === "audio" || row.type === "candidate-pair") {
        if (row.type !== "candidate-pair" || row.nominated) found[row.type] = row;
      }
    }
    const inbound = found["inbound-rtp"] || {}, far = found["remote-inbound-rtp"] || {}, pair = found["candidate-pair"] || {};
    const counted = { received: inbound.packetsReceived || 0, lost: inbound.packetsLost || 0 };
    const since = before ? before.counted : { received: 0, lost: 0 };
    const received = counted.received - since.received, lost = counted.lost - since.lost;
    const roundTrip = typeof far.roundTripTime === "number" ? far.roundTripTime : pair.currentRoundTripTime;
    const figures = {
      loss: Math.max(share(lost, received + lost), far.fractionLost || 0),
      jitterMs: ms(Math.max(inbound.jitter || 0, far.jitter || 0)),
      rttMs: ms(roundTrip),
    };
    return { ...figures, counted, isSilent: received === 0, verdict: received === 0 ? "poor" : verdict(figures) };
  }
  Phone.quality = { measure, verdict };
})();
