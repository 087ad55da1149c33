"""Asterisk as a program on this machine: which one, under which user, with which folders; never waits for it."""

import os
import pwd
import re
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from appliance.adapters.certificate import keep_certificate, keep_trusted
from appliance.core.node import NodeFacts

OLDEST_MAJOR = 20
FILES_PER_CALL = 16  # two legs with sound and control sockets each, a recording, timers, spare
USER = "asterisk"

# $1 root, $2 open files, $3 uid:gid, $4 gid, $5 number of folders, the folders, then the command.
# A mount namespace of its own: the folders show up at the same path inside, and all of it is gone with the process.
_ENTER_ROOT = """
set -e
root=$1 files=$2 owner=$3 group=$4 folders=$5
shift 5
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount --rbind /dev "$root/dev"
mount --rbind /proc "$root/proc"
[ ! -e /etc/resolv.conf ] || mount --bind /etc/resolv.conf "$root/etc/resolv.conf"
while [ "$folders" -gt 0 ]; do
    mkdir -p "$root$1"
    mount --bind "$1" "$root$1"
    shift
    folders=$((folders - 1))
done
ulimit -n "$files" || echo "the number of open files stays at $(ulimit -n)"
exec chroot --userspec="$owner" --groups="$group" "$root" "$@"
"""


class AsteriskError(Exception):
    """Asterisk cannot be started; the message says why and what to do."""


@dataclass(frozen=True)
class Owner:
    """The user that Asterisk runs as and that its folders belong to."""

    uid: int
    gid: int


@dataclass(frozen=True)
class AsteriskProgram:
    """The private root's Asterisk, or with `root=None` the host's own."""

    root: Path | None
    binary: str = "/usr/sbin/asterisk"

    def check(self) -> None:
        """Raise unless there is a program new enough to be started."""
        if self.root and not (self.root / self.binary.lstrip("/")).exists():
            raise AsteriskError(f"there is no Asterisk in {self.root}; run installer/asterisk-root")
        if self.root and os.getuid() != 0:
            raise AsteriskError("only root can start Asterisk in its private root; start the appliance as root")
        command = [*(["chroot", str(self.root)] if self.root else []), self.binary, "-V"]
        try:
            words = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout  # noqa: S603
        except (OSError, subprocess.SubprocessError) as error:
            raise AsteriskError(f"Asterisk cannot be run: {error}") from None
        version = re.search(r"Asterisk (?:GIT-|certified[/-])?(\d+)", words)
        if version is None or int(version[1]) < OLDEST_MAJOR:
            raise AsteriskError(f"Asterisk {OLDEST_MAJOR} or newer is needed, this one is: {words.strip()}")

    def owner(self) -> Owner:
        """Who the node's folders must belong to."""
        if self.root is None:
            try:
                entry = pwd.getpwnam(USER)
            except KeyError:
                return Owner(os.getuid(), os.getgid())
            return Owner(entry.pw_uid, entry.pw_gid) if os.getuid() == 0 else Owner(os.getuid(), os.getgid())
        try:
            lines = (self.root / "etc/passwd").read_text(encoding="utf-8").splitlines()
        except OSError:
            raise AsteriskError(f"there is no Asterisk in {self.root}; run installer/asterisk-root") from None
        for line in lines:
            name, _password, uid, gid, *_rest = line.split(":")
            if name == USER:
                return Owner(int(uid), int(gid))
        raise AsteriskError(f"{self.root} has no user {USER}; run installer/asterisk-root --force")

    def prepare(self, node: NodeFacts) -> None:
        """Make the node's folders, and hand those that Asterisk writes to its user."""
        owner = self.owner()
        for folder in (*folders(node), f"{node.log}/cel-custom", f"{node.spool}/cache"):
            path = Path(folder)
            path.mkdir(parents=True, exist_ok=True)
            if os.getuid() == 0:
                os.chown(path, owner.uid, owner.gid)
            if os.getuid() in (0, owner.uid):
                path.chmod(0o750)  # journals, recordings and messages are for nobody else on the machine
        keys = Path(node.etc, "keys")
        for path in (*keep_certificate(keys), keep_trusted(keys)):
            if os.getuid() == 0:
                os.chown(path, owner.uid, owner.gid)

    def spawn(self, node: NodeFacts) -> int:
        """Start it and return its pid: in a session of its own, without our terminal and environment."""
        command = self._command(node)
        words = (os.POSIX_SPAWN_OPEN, 1, _console_log(node), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
        # Not subprocess: that wants to see its children end, and this one may outlive us.
        return os.posix_spawnp(
            command[0],
            command,
            _environment(),
            file_actions=[(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0), words, (os.POSIX_SPAWN_DUP2, 1, 2)],
            setsid=True,
            setsigmask=[],
            setsigdef=[signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGHUP],
        )

    def last_words(self, node: NodeFacts) -> str:
        """What the program last said on its way down, for a person."""
        try:
            lines = Path(_console_log(node)).read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return "it left no message"
        return " / ".join(line.strip() for line in lines[-5:] if line.strip()) or "it left no message"

    def _command(self, node: NodeFacts) -> list[str]:
        asterisk = [self.binary, "-f", "-C", f"{node.etc}/asterisk.conf"]
        owner = self.owner()
        files = str(1024 + node.max_calls * FILES_PER_CALL)
        if self.root:
            enter = ["unshare", "--mount", "--propagation", "private", "--", "/bin/sh", "-c", _ENTER_ROOT, "sh"]
            shared = folders(node)
            user = [f"{owner.uid}:{owner.gid}", str(owner.gid)]
            return [*enter, str(self.root), files, *user, str(len(shared)), *shared, *asterisk]
        if os.getuid() == 0 and owner.uid != 0:
            return ["setpriv", f"--reuid={owner.uid}", f"--regid={owner.gid}", "--init-groups", "--", *asterisk]
        return asterisk


def folders(node: NodeFacts) -> tuple[str, ...]:
    """The folders of a node that its Asterisk sees, each at its own path."""
    return (node.etc, node.run, node.spool, node.log, node.lib, node.recordings, node.prompts)


def _console_log(node: NodeFacts) -> str:
    return f"{node.log}/console.log"


def _environment() -> dict[str, str]:
    """Nothing of the daemon's own: its environment may hold a database password."""
    zone = os.environ.get("TZ") or str(Path("/etc/localtime").resolve()).partition("/zoneinfo/")[2] or "UTC"
    return {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "TZ": zone,
        "LANG": "C.UTF-8",
        "MALLOC_TRIM_THRESHOLD_": "131072",  # memory after a peak goes back to the system
    }
