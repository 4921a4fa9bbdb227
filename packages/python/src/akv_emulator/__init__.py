"""An Azure Key Vault on your own machine, for tests. The standard library suffices."""

import itertools
import json
import os
import subprocess
import tempfile
import urllib.error
import urllib.parse
import urllib.request


class Emulator:
    """An `akv serve` of one's own. `with Emulator() as akv:` ends it with the block."""

    def __init__(self, *options: str, binary: str | None = None):
        """Starts the binary, with more options if given (`"--timing", "azure"`), and waits until it is ready."""
        self._binary = binary or os.environ.get("AKV", "akv")
        self._data = tempfile.TemporaryDirectory(prefix="akv-")
        serve = [self._binary, "serve", "--port", "0", "--data-dir", self._data.name, *options]
        self._process = subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{' '.join(serve)} did not start: exit code {self._process.wait()}")
        self.proxy: str = json.loads(line)["proxy"]
        self._names = itertools.count(1)

    @property
    def env(self) -> dict[str, str | None]:
        """The variables that unmodified programs need; `None` is one to take away."""
        port = self.proxy.rpartition(":")[2]
        command = [self._binary, "env", "--port", port, "--shell", "json"]
        return json.loads(subprocess.run(command, check=True, capture_output=True, timeout=30).stdout)

    def vault_url(self) -> str:
        """A vault that nobody else uses."""
        return f"https://test-{next(self._names)}.vault.azure.net"

    def advance(self, by: str) -> dict:
        """Moves the vaults' clock: `90d`, `1h`."""
        return self._control("POST", "clock", {"advance": by})

    def set_clock(self, at: str) -> dict:
        """Sets the vaults' clock: `2027-01-31`, or RFC 3339."""
        return self._control("POST", "clock", {"set": at})

    def freeze(self) -> dict:
        """Lets the vaults' clock stand."""
        return self._control("POST", "clock", "freeze")

    def fault(self, do: dict, on: dict | None = None, **more) -> dict:
        """Lets requests go wrong: `fault({"answer": {"status": 429}}, {"operation": "SecretGet"}, times=2)`."""
        return self._control("POST", "faults", {"on": on or {}, "do": do, **more})

    def clear_faults(self) -> None:
        """Takes all faults back."""
        self._control("DELETE", "faults")

    def journal(self, **criteria) -> list[dict]:
        """What happened, oldest first: `journal(kind="mail")`. An entry has `request`, `service` or `mail`."""
        return self._control("GET", f"journal?{urllib.parse.urlencode(criteria)}")["entries"]

    def requests(self, **criteria) -> list[dict]:
        """What was asked of the vaults, oldest first: `requests(operation="SecretGet", status=200)`."""
        return [entry["request"] for entry in self.journal(kind="request", **criteria)]

    def reset(self) -> None:
        """Back to the start: its vaults and contents, its faults, an empty journal; and the machine's clock."""
        self._control("POST", "clock", "reset")
        self._control("POST", "reset")

    def stop(self) -> None:
        """Ends it."""
        self._process.terminate()
        self._process.wait(timeout=10)
        self._process.stdout.close()
        self._data.cleanup()

    def __enter__(self) -> "Emulator":
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    def _control(self, method: str, path: str, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.proxy}/akv/{path}", data, method=method)
        # The environment's proxy would carry the question away from the emulator.
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(request, timeout=10) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise ValueError(error.read().decode()) from None
