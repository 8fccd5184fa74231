"""Fetch and start a real Elasticsearch for tests and try-outs.

The vendor's minimal server (`integ-test-zip`) comes through Maven and is kept unpacked under
`.cache/elasticsearch/<version>`. As root it runs as an ordinary user, because the server refuses
root. `docs/howto/use-elasticsearch.md` says what the minimal server lacks.
"""

import base64
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

CACHE = Path(__file__).resolve().parents[2] / ".cache" / "elasticsearch"
ARTIFACT = "org.elasticsearch.distribution.integ-test-zip:elasticsearch:{version}:zip"
# Least Java release of each server version; 9.x also needs a full JDK (jlink, incubator modules).
LEAST_JAVA = {"8.19.0": 17, "9.5.0": 21}
START_SECONDS = 120
HEAP_MEBIBYTES = 512


class ServerUnavailableError(Exception):
    """The server cannot be had on this machine; the message says what is missing."""


def java_homes() -> list[tuple[int, Path]]:
    """Return the Java installations found, newest first, as (release, home)."""
    candidates = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    candidates += sorted(Path("/usr/lib/jvm").glob("*")) if Path("/usr/lib/jvm").is_dir() else []
    found: dict[Path, int] = {}
    for home in candidates:
        release = home / "release"
        if not (home / "bin" / "java").exists() or not release.is_file():
            continue
        for line in release.read_text(encoding="utf-8").splitlines():
            if line.startswith("JAVA_VERSION="):
                number = line.split('"')[1].split(".")[0]
                found[home.resolve()] = int(number)
    return sorted(((release, home) for home, release in found.items()), reverse=True)


def java_for(version: str) -> Path:
    """Return the oldest Java that runs this server version.

    Raises:
        ServerUnavailableError: none is installed.
    """
    least = LEAST_JAVA[version]
    fitting = [
        (release, home)
        for release, home in java_homes()
        if release >= least and (least < 21 or (home / "jmods").is_dir() or release >= 24)
    ]
    if not fitting:
        raise ServerUnavailableError(
            f"Elasticsearch {version} needs a full JDK of {least} or newer; found "
            f"{[release for release, _ in java_homes()]} in JAVA_HOME and /usr/lib/jvm."
        )
    return fitting[-1][1]


def fetch(version: str) -> Path:
    """Return the unpacked server's folder, fetching it through Maven the first time.

    Raises:
        ServerUnavailableError: Maven is missing or cannot fetch the artefact.
    """
    home = CACHE / version
    if (home / "bin" / "elasticsearch").is_file():
        return home
    if shutil.which("mvn") is None:
        raise ServerUnavailableError("Maven is not installed (Debian package 'maven').")
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="fetch-") as scratch:
        command = [
            *("mvn", "-q", "dependency:copy", f"-Dartifact={ARTIFACT.format(version=version)}"),
            f"-DoutputDirectory={scratch}",
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        archive = Path(scratch) / f"elasticsearch-{version}.zip"
        if done.returncode or not archive.is_file():
            raise ServerUnavailableError(
                f"Maven could not fetch Elasticsearch {version}: {done.stdout[-400:].strip()}"
            )
        _unpack(archive, Path(scratch))
        unpacked = Path(scratch) / f"elasticsearch-{version}"
        Path(scratch).chmod(0o755)
        try:
            unpacked.rename(home)
        except OSError:
            if not home.is_dir():
                raise
    return home


def _unpack(archive: Path, folder: Path) -> None:
    with zipfile.ZipFile(archive) as zipped:
        for member in zipped.infolist():
            path = Path(zipped.extract(member, folder))
            mode = member.external_attr >> 16
            if mode:
                path.chmod(mode & 0o777)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """One running server; `stop` and `start` keep its data and its port."""

    version: str
    folder: Path
    port: int = field(default_factory=free_port)
    transport_port: int = field(default_factory=free_port)
    settings: Mapping[str, str] = field(default_factory=dict)
    users: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    roles_yml: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)
    scheme: str = "http"
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start and wait until HTTP answers.

        Raises:
            ServerUnavailableError: it did not come up; the message ends with its log.
        """
        home, java = fetch(self.version), java_for(self.version)
        config = self.folder / "config"
        if not config.is_dir():
            self._prepare(home, config, java)
        arguments = {
            "discovery.type": "single-node",
            "network.host": "127.0.0.1",
            "http.port": str(self.port),
            "transport.port": str(self.transport_port),
            "xpack.security.enabled": "false",
            "path.data": str(self.folder / "data"),
            "path.logs": str(self.folder / "logs"),
            "cluster.routing.allocation.disk.threshold_enabled": "false",
            **self.settings,
        }
        command = [str(home / "bin" / "elasticsearch")]
        for key, value in arguments.items():
            command += ["-E", f"{key}={value}"]
        with (self.folder / "stdout.log").open("ab") as output:
            self.process = subprocess.Popen(
                [*_as_ordinary_user(), *command],
                env=self._environment(java),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._wait_until_up()

    def _environment(self, java: Path) -> dict[str, str]:
        return {
            "PATH": "/usr/bin:/bin",
            "ES_JAVA_HOME": str(java),
            "ES_PATH_CONF": str(self.folder / "config"),
            "ES_TMPDIR": str(self.folder / "tmp"),
            "ES_JAVA_OPTS": f"-Xms{HEAP_MEBIBYTES}m -Xmx{HEAP_MEBIBYTES}m",
            "HOME": str(self.folder),
        }

    def _prepare(self, home: Path, config: Path, java: Path) -> None:
        shutil.copytree(home / "config", config)
        for name in ("data", "logs", "tmp"):
            (self.folder / name).mkdir()
        options = config / "jvm.options"
        text = options.read_text(encoding="utf-8")
        options.write_text(text.replace("logs/", f"{self.folder}/logs/"), encoding="utf-8")
        if self.roles_yml:
            (config / "roles.yml").write_text(self.roles_yml, encoding="utf-8")
        for name, content in self.files.items():
            (config / name).write_bytes(content)
        if os.geteuid() == 0:
            _give_to_ordinary_user(self.folder)
        for user, (password, role) in self.users.items():
            command = [str(home / "bin" / "elasticsearch-users"), "useradd", user]
            subprocess.run(
                [*_as_ordinary_user(), *command, "-p", password, "-r", role],
                env=self._environment(java),
                cwd=self.folder,
                check=True,
                capture_output=True,
                timeout=60,
            )

    def _wait_until_up(self) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if self.process is None or self.process.poll() is not None:
                break
            if self._answers():
                return
            time.sleep(0.25)
        self.stop()
        log = (self.folder / "stdout.log").read_text(encoding="utf-8", errors="replace")
        raise ServerUnavailableError(f"Elasticsearch {self.version} did not start: {log[-1500:]}")

    def _answers(self) -> bool:
        """Tell whether HTTP answers; with users, also whether the security index is ready."""
        if self.scheme == "https":
            with socket.socket() as probe:
                probe.settimeout(1)
                return probe.connect_ex(("127.0.0.1", self.port)) == 0
        request = urllib.request.Request(f"{self.url}/_cluster/health?timeout=1s")
        if self.users:
            user, (password, _) = next(iter(self.users.items()))
            mark = base64.b64encode(f"{user}:{password}".encode()).decode()
            request.add_header("Authorization", f"Basic {mark}")
        try:
            with urllib.request.urlopen(request, timeout=2):
                return True
        except urllib.error.HTTPError as error:
            error.close()
            return error.code == 403
        except OSError:
            return False

    def stop(self, *, hard: bool = False) -> None:
        """Stop the server's whole process group and wait for its end."""
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, signal.SIGKILL if hard else signal.SIGTERM)
        except ProcessLookupError:
            self.process.wait()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self._wait_for_group(self.process.pid)
        self.process = None

    def _wait_for_group(self, group: int) -> None:
        """Wait until the server itself is gone too; the process we know is only its launcher."""
        for _ in range(120):
            try:
                os.killpg(group, 0)
            except ProcessLookupError:
                return
            time.sleep(0.25)
        os.killpg(group, signal.SIGKILL)


def _as_ordinary_user() -> Sequence[str]:
    if os.geteuid() != 0:
        return ()
    if shutil.which("setpriv") is None:
        raise ServerUnavailableError("Running as root needs 'setpriv' (package util-linux).")
    return ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


def _give_to_ordinary_user(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, 65534, 65534)


def server_folder(parent: Path | None = None) -> Path:
    """Make a folder that an ordinary user can reach and own."""
    folder = Path(tempfile.mkdtemp(prefix="jianwei-elasticsearch-", dir=parent))
    folder.chmod(0o755)
    return folder
