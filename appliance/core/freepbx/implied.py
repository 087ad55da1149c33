"""Columns that need no word in the report: how FreePBX stores a phone or queue, or what is always so here."""

import re

_STORED = """
    id dial devicetype user host type context mailbox deny permit port account accountcode callerid defaultuser hardware
    deviceid deviceuser action password sipdriver vmcontext description grpnum privacyman pmmaxretries pmminlength
    pricid ringing delay_answer fanswer reversal indication_zone
"""
_SIP = """
    nat qualify qualifyfreq dtmfmode canreinvite disallow allow transport trustrpid sendrpid sessiontimers avpf
    force_avp encryption icesupport rtcp_mux videosupport sendpid trustpid max_contacts media_encryption direct_media
    rewrite_contact force_rport rtp_symmetric trust_id_inbound ice_support use_avpf rvolume callgroup pickupgroup
    namedcallgroup namedpickupgroup refresh_contact_on media_use_received_transport maximum_expiration bundle
    minimum_expiration mwi_subscription aggregate_mwi timers timers_min_se max_audio_streams max_video_streams
    message_context outbound_proxy outbound_auth device_state_busy_at match user_eq_phone
"""
_HABITS = """
    callwaiting callwaiting_enable answermode intercom mohclass attach saycid envelope delete options voicemail_options
    dictenabled dictformat ddial pre_ring strategy grptime grplist annmsg_id toolate_id remotealert_id needsconf
    postdest autofill ringinuse eventwhencalled eventmemberstatus eventmemberstatusoff reportholdtime memberdelay
    timeoutrestart timeoutpriority joinempty leavewhenempty monitor-join monitor-format monitor_type
    monitor_heard monitor_spoken min-announce-frequency periodic-announce-frequency queue-youarenext queue-thereare
    queue-callswaiting queue-thankyou queue-minutes queue-seconds cwignore cfignore cpickup elsewhere progress
    use_queue_context togglehint qnoanswer callconfirm penaltymemberslimit queuewait answered_elsewhere autopausedelay
    rvol_mode cron_schedule cron_random dynmemberonly setinterfacevar joinmsg_id language timeout music users
"""
_NAMES = frozenset(f"{_STORED} {_SIP} {_HABITS}".split())
_FAMILIES = re.compile(
    r"(devinfo_|dtls|record|findmefollow_(?!enabled)|vm (?!email)|qualify|vmx_\w*(enabled|instructions|default)).*"
)
_ISSABEL = frozenset(
    {"call waiting", "media encryption", "message context", "subscribe context", "allow subscribe", "max contacts"}
    | {"authenticate qualify", "rtcp mux", "media use received transport", "direct media"}
)


def is_implied(column: str) -> bool:
    return column in _NAMES or column in _ISSABEL or _FAMILIES.fullmatch(column) is not None
