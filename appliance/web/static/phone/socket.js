// The road of the phone's signals: a websocket to this console that notices by itself when it leads nowhere any more.
(function () {
  "use strict";
  const Phone = (window.Phone = window.Phone || {});
  const BEAT_MS = 10000, HURRY_MS = 3000;
  const STILL_THERE = "\r\n\r\n", YES = "\r\n";
  const FINAL = 4000; // codes from here on come from the console itself: trying again changes nothing

  // What JsSIP takes for a socket. `isIdle` tells whether this page has no call; `onrefused(code)` is told a final end.
  Phone.Socket = class {
    constructor(path, isIdle, onrefused) {
      this.url = path.replace(/^http/, "ws");
      this.via_transport = this.url.startsWith("wss") ? "WSS" : "WS";
      this.sip_uri = "sip:phone.invalid;transport=ws";
      this.window = Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("");
      this.refused = 0;
      this.isIdle = isIdle;
      this.onrefused = onrefused;
      addEventListener("online", () => this.beat(HURRY_MS));
      addEventListener("offline", () => this.beat(HURRY_MS));
    }
    connect(takesOver) {
      if (this.refused) return;
      this.drop();
      const address = this.url + "?window=" + this.window + (takesOver ? "&take" : "") + (this.isIdle() ? "&idle" : "");
      const wire = (this.wire = new WebSocket(address, "sip"));
      wire.onopen = () => { this.heardAt = Date.now(); this.askedAt = 0; this.timer = setInterval(() => this.beat(), BEAT_MS); this.onconnect(); };
      wire.onmessage = ({ data }) => { this.heardAt = Date.now(); if (data !== YES) this.ondata(data); };
      wire.onclose = ({ wasClean, code, reason }) => this.lost(!wasClean, code, reason);
    }
    disconnect() { this.drop(); }
    send(message) {
      if (!this.wire || this.wire.readyState !== WebSocket.OPEN) return false;
      this.wire.send(message);
      return true;
    }
    // A question that was not answered until now: the network is gone, though nobody has told us.
    beat(hurryMs) {
      if (!this.wire || this.wire.readyState !== WebSocket.OPEN) return;
      if (this.askedAt && this.heardAt < this.askedAt) { this.drop(); this.lost(true, 1006, "silent"); return; }
      this.askedAt = Date.now();
      this.wire.send(STILL_THERE);
      if (hurryMs) setTimeout(() => this.beat(), hurryMs);
    }
    takeOver() { this.refused = 0; this.connect(true); }
    lost(isError, code, reason) {
      this.drop();
      if (code >= FINAL) { this.refused = code; this.onrefused(code); }
      this.ondisconnect(isError, code, reason);
    }
    drop() {
      clearInterval(this.timer);
      const wire = this.wire;
      this.wire = null;
      if (!wire) return;
      wire.onopen = wire.onmessage = wire.onclose = null;
      wire.close();
    }
  };
})();
