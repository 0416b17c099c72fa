"""A headless Chromium, spoken to over the DevTools protocol by a pair of pipes: no port, no library."""
import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time


class Browser:
    """One browser with one page. Everything that the page complains of is kept in `complaints`."""

    def __init__(self, program=None):
        program = program or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
        if not program:
            raise SystemExit("no Chromium found (Debian: apt-get install chromium)")
        self.profile = tempfile.mkdtemp(prefix="mb-browser-")
        commands_in, self.commands = os.pipe()
        self.answers, answers_out = os.pipe()

        def as_browser_expects():
            # Commands arrive at descriptor 3, answers leave by 4; both are moved away first, lest one is the other's place.
            high_in, high_out = os.dup(commands_in), os.dup(answers_out)
            os.dup2(high_in, 3)
            os.dup2(high_out, 4)

        options = ["--headless", "--remote-debugging-pipe", "--no-first-run", "--disable-gpu", "--hide-scrollbars",
                   "--disable-dev-shm-usage", "--disable-background-networking", f"--user-data-dir={self.profile}"]
        if os.geteuid() == 0:
            options.append("--no-sandbox")
        self.process = subprocess.Popen(
            [program, *options, "about:blank"], close_fds=False, preexec_fn=as_browser_expects,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(commands_in)
        os.close(answers_out)
        self.number = 0
        self.rest = b""
        self.events = []
        self.complaints = []
        self.addresses = []
        self.session = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def close(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

    def _receive(self, seconds):
        until = time.monotonic() + seconds
        while b"\0" not in self.rest:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.answers], [], [], left)[0]:
                raise SystemExit(f"the browser did not answer within {seconds} s")
            piece = os.read(self.answers, 1 << 20)
            if not piece:
                raise SystemExit("the browser ended (can it run here? try: chromium --headless --no-sandbox --dump-dom about:blank)")
            self.rest += piece
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def _take(self, event):
        self.events.append(event.get("method"))
        values = event.get("params", {})
        match event.get("method"):
            case "Runtime.exceptionThrown":
                self.complaints.append(values["exceptionDetails"]["text"] + ": "
                                       + values["exceptionDetails"].get("exception", {}).get("description", ""))
            case "Runtime.consoleAPICalled" if values["type"] in ("error", "warning", "assert"):
                self.complaints.append(f"console.{values['type']}: {[a.get('value') for a in values['args']]}")
            case "Log.entryAdded" if values["entry"]["level"] in ("error", "warning"):
                self.complaints.append(f"{values['entry']['source']}: {values['entry']['text']}")
            case "Network.requestWillBeSent":
                self.addresses.append(values["request"]["url"])

    def call(self, method, **values):
        """Sends a command and returns its result."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": values}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive(120)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise SystemExit(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self._take(answer)

    def open(self, path):
        """Shows a file and waits until it is loaded."""
        self.events.clear()
        self.call("Page.navigate", url="file://" + os.path.abspath(path))
        while "Page.loadEventFired" not in self.events:
            self._take(self._receive(120))

    def value(self, expression):
        """What an expression is worth in the page."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            raise SystemExit(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def screen(self, width, height, dark=False, phone=False):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=2 if phone else 1, mobile=phone)
        scheme = "dark" if dark else "light"
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def picture(self, path, whole=False):
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))
