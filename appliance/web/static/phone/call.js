// One call of the phone: what can be done with it, and what is to be shown of it.
(function () {
  "use strict";
  const Phone = (window.Phone = window.Phone || {});
  const MEDIA = { pcConfig: { iceServers: [] } };
  const PATIENCE_MS = 1500, GATHER_MS = 500;
  let made = 0;

  // Why a call did not come about, in words that the page knows.
  const REASONS = {
    Busy: "busy", Rejected: "refused", "Not Found": "not-found", Unavailable: "no-answer", "No Answer": "no-answer",
    "Request Timeout": "no-answer", Canceled: "cancelled", "User Denied Media Access": "no-microphone",
    "Connection Error": "no-connection", "RTP Timeout": "no-sound",
  };
  const asksToAnswer = (request) =>
    /answer-after\s*=\s*0/i.test(request.getHeaders("Call-Info").join()) ||
    /alert-autoanswer|auto.?answer/i.test(request.getHeaders("Alert-Info").join());

  Phone.Call = class {
    constructor(session, request, changed) {
      const far = session.remote_identity, isIncoming = session.direction === "incoming";
      Object.assign(this, { session, changed, id: ++made, isIncoming, state: isIncoming ? "ringing" : "dialing", since: Date.now() });
      Object.assign(this, { number: far.uri.user, name: far.display_name || "", isMuted: false, isHeld: false, isLost: false, reason: "", quality: null });
      this.answersItself = isIncoming && asksToAnswer(request);
      session.on("accepted", () => this.goesUp());
      session.on("confirmed", () => this.goesUp());
      session.on("ended", (why) => this.ends(why));
      session.on("failed", (why) => this.ends(why));
      session.on("hold", ({ originator }) => { if (originator === "local") this.isHeld = true; changed(this); });
      session.on("unhold", ({ originator }) => { if (originator === "local") this.isHeld = false; changed(this); });
      session.on("icecandidate", (gathering) => setTimeout(gathering.ready, GATHER_MS));
      if (session.connection) this.listen(session.connection);
      else session.on("peerconnection", ({ peerconnection }) => this.listen(peerconnection));
    }
    static dial(agent, number, stream) {
      return agent.call("sip:" + encodeURIComponent(number) + "@phone.invalid", { ...MEDIA, mediaStream: stream });
    }
    get isUp() { return this.state === "up"; }
    get isOver() { return this.state === "ended"; }
    listen(connection) {
      connection.addEventListener("track", ({ track, streams }) => {
        if (this.player) this.player.remove();
        this.player = Phone.sound.player(streams[0] || new MediaStream([track]), "speaker");
        this.player.dataset.call = this.id;
      });
      connection.addEventListener("iceconnectionstatechange", () => {
        this.isLost = ["disconnected", "failed"].includes(connection.iceConnectionState);
        if (this.isLost) setTimeout(() => { if (this.isLost) this.renew(); }, PATIENCE_MS);
        this.changed(this);
      });
    }
    // What the microphone gives is ours: JsSIP ends only what it has opened itself.
    async answer() {
      if (this.state !== "ringing" || this.stream) return;
      this.stream = new MediaStream(); // a second press on the key changes nothing
      this.stream = await Phone.sound.open();
      if (this.isOver) { this.silence(); return; }
      this.session.answer({ ...MEDIA, mediaStream: this.stream });
    }
    hangup() {
      if (!this.isOver) this.session.terminate(this.state === "ringing" ? { status_code: 486 } : undefined);
    }
    hold(on) {
      if (!this.isUp || on === this.isHeld) return;
      if (on) this.session.hold(); else this.session.unhold();
    }
    mute(on) {
      this.isMuted = on;
      if (on) this.session.mute({ audio: true }); else this.session.unmute({ audio: true });
      this.changed(this);
    }
    dtmf(keys) { this.session.sendDTMF(keys, { transportType: "RFC2833", duration: 120, interToneGap: 80 }); }
    // To a number, or to whom another call of ours talks. Once it is taken over, our part is done.
    transfer(target) {
      const replaces = target instanceof Phone.Call ? { replaces: target.place() } : {};
      const number = target instanceof Phone.Call ? target.number : target;
      return new Promise((done) => {
        const settle = (isDone) => () => { if (isDone) this.hangup(); done(isDone); };
        const eventHandlers = { requestSucceeded() {}, accepted: settle(true), failed: settle(false), requestFailed: settle(false) };
        this.session.refer("sip:" + encodeURIComponent(number) + "@phone.invalid", { ...replaces, eventHandlers });
      });
    }
    // Where this call is for Asterisk, which reads the tags from its own end; JsSIP has them right for calls out only.
    place() {
      const { _request, _to_tag, _from_tag } = this.session;
      return this.isIncoming ? { _request, _to_tag: _from_tag, _from_tag: _to_tag } : this.session;
    }
    // The network changed, or the signals took a new road: Asterisk learns it by a new offer within the call.
    renew() {
      if (!this.isUp || !this.session.isReadyToReOffer()) return;
      const rtcOfferConstraints = this.isLost ? { iceRestart: true } : null;
      this.session.renegotiate({ rtcOfferConstraints });
    }
    async changeMicrophone() {
      const sender = this.session.connection && this.session.connection.getSenders().find((each) => each.track && each.track.kind === "audio");
      if (!sender) return;
      const fresh = await Phone.sound.open(), track = fresh.getAudioTracks()[0];
      track.enabled = sender.track.enabled;
      await sender.replaceTrack(track);
      this.silence();
      this.stream = fresh;
    }
    async measure() {
      if (!this.isUp || !this.session.connection) return;
      this.quality = await Phone.quality.measure(this.session.connection, this.quality);
      this.changed(this);
    }
    goesUp() {
      if (this.state === "up") return;
      this.state = "up";
      this.since = Date.now();
      this.changed(this);
    }
    ends({ originator, cause }) {
      this.reason = this.isUp ? "" : REASONS[cause] || (originator === "remote" ? "cancelled" : "");
      if (cause === "RTP Timeout" || cause === "Connection Error") this.reason = REASONS[cause];
      this.state = "ended";
      this.silence();
      if (this.player) this.player.remove();
      this.changed(this);
    }
    silence() {
      if (this.stream) for (const track of this.stream.getTracks()) track.stop();
    }
    row() {
      const { id, number, name, state, since, isIncoming, isMuted, isHeld, isLost, answersItself, reason, quality } = this;
      return { id, number, name, state, since, isIncoming, isMuted, isHeld, isLost, answersItself, reason, quality };
    }
  };
})();
