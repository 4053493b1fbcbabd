//! Tokens of chat, mail and telephone services.

use crate::rule::Rule;
use crate::validate::secrets;

pub(crate) const RULES: &[Rule] = &[
    Rule::prefix("slack_bot_token", "Slack bot token", &["xoxb-"], "xoxb-[0-9]{8,14}-[0-9]{8,14}-[A-Za-z0-9]{20,32}", &["xoxb-<digit:12>-<digit:12>-<alnum:24>"]),
    Rule::prefix("slack_user_token", "Slack user, workspace and refresh tokens", &["xoxp-", "xoxa-", "xoxr-", "xoxe-", "xoxs-"], "xox[pares]-(?:[0-9]{8,14}-){1,3}[A-Za-z0-9]{20,64}", &["xoxp-<digit:12>-<digit:12>-<digit:12>-<hex:32>"]),
    Rule::prefix("slack_app_token", "Slack app token", &["xapp-"], "xapp-[0-9]-[A-Z0-9]{8,14}-[0-9]{8,16}-[0-9a-f]{40,80}", &["xapp-1-A<upper:10>-<digit:13>-<hex:64>"]),
    Rule::prefix("slack_webhook_url", "Slack webhook", &["https://hooks.slack.com/"], r"https://hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9]{8,14}/[A-Za-z0-9]{8,20}/[A-Za-z0-9]{18,32}", &["https://hooks.slack.com/services/T<upper:10>/B<upper:10>/<alnum:24>"]),
    Rule::prefix("discord_bot_token", "Discord bot token", &["M", "N", "O"], r"[MNO][A-Za-z0-9_-]{22,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}", &["MTAwMDAwMDAwMDAwMDAwMDAw.G<alnum:5>.<alnum:38>"]).word().validated(secrets::is_discord_token),
    Rule::prefix("discord_webhook_url", "Discord webhook", &["https://discord.com/api/webhooks/", "https://discordapp.com/api/webhooks/"], r"https://discord(?:app)?\.com/api/webhooks/[0-9]{16,20}/[A-Za-z0-9_-]{60,72}", &["https://discord.com/api/webhooks/<digit:18>/<url:68>"]),
    Rule::prefix("telegram_bot_token", "Telegram bot token", &[":AA"], "[0-9]{8,10}:AA[A-Za-z0-9_-]{33}", &["<digit:10>:AA<alnum:33>"]).inside(),
    Rule::prefix("teams_webhook_url", "Teams webhook", &[".webhook.office.com/"], r"https://[a-z0-9-]{1,63}\.webhook\.office\.com/webhookb2/[0-9a-f-]{36}@[0-9a-f-]{36}/IncomingWebhook/[0-9A-Za-z]{32}/[0-9a-f-]{36}(?:/[A-Za-z0-9_-]{20,80})?", &["https://acme.webhook.office.com/webhookb2/<uuid>@<uuid>/IncomingWebhook/<hex:32>/<uuid>"]).inside(),
    Rule::prefix("twilio_api_key", "Twilio key", &["SK"], "SK[0-9a-f]{32}", &["SK<hex:32>"]).word(),
    Rule::prefix("twilio_account_sid", "Twilio account id", &["AC"], "AC[0-9a-f]{32}", &["AC<hex:32>"]).word(),
    Rule::key("twilio_auth_token", "Twilio auth token", &["twilio"], "[0-9a-f]{32}", &["TWILIO_AUTH_TOKEN=<hex:32>"]),
    Rule::prefix("sendgrid_api_key", "SendGrid key", &["SG."], r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}", &["SG.<alnum:22>.<alnum:43>"]),
    Rule::prefix("mailgun_api_key", "Mailgun key", &["key-"], "key-[0-9a-f]{32}", &["key-<hex:32>"]),
    Rule::prefix("mailchimp_api_key", "Mailchimp key", &["-us"], "[0-9a-f]{32}-us[0-9]{1,2}", &["<hex:32>-us12"]).inside(),
    Rule::key("postmark_server_token", "Postmark token", &["postmark"], "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", &["POSTMARK_SERVER_TOKEN=<uuid>"]),
    Rule::prefix("brevo_api_key", "Brevo key", &["xkeysib-", "xsmtpsib-"], "x(?:key|smtp)sib-[0-9a-f]{64}-[A-Za-z0-9]{16}", &["xkeysib-<hex:64>-<alnum:16>"]),
    Rule::prefix("resend_api_key", "Resend key", &["re_"], "re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}", &["re_<alnum:8>_<alnum:24>"]),
    Rule::prefix("hubspot_token", "HubSpot token", &["pat-na", "pat-eu"], "pat-(?:na|eu)[0-9]-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", &["pat-na1-<uuid>"]),
    Rule::prefix("facebook_access_token", "Facebook access token", &["EAA"], "EAA[A-Za-z0-9]{80,400}", &["EAA<alnum:160>"]),
    Rule::prefix("twitter_bearer_token", "X bearer token", &["AAAAAAAAAAAAAAAAAAAAA"], "A{21,24}[A-Za-z0-9%]{50,140}", &["AAAAAAAAAAAAAAAAAAAAAA<alnum:80>"]).checked(secrets::looks_random),
    Rule::prefix("intercom_access_token", "Intercom access token", &["dG9rO"], "dG9rO[A-Za-z0-9+/]{50,80}={0,2}", &["dG9rO<alnum:55>="]),
    Rule::prefix("slack_user_token", "Slack token of a browser session", &["xoxc-"], r"xoxc-(?:[0-9]{8,14}-){1,3}[A-Za-z0-9]{20,64}", &["xoxc-<digit:12>-<digit:12>-<digit:12>-<hex:64>"]),
    Rule::prefix("slack_session_cookie", "Slack session cookie", &["xoxd-"], r"xoxd-[A-Za-z0-9%/+=_-]{40,400}", &["xoxd-<alnum:120>"]),
    Rule::prefix("slack_rotated_token", "Slack token that is rotated, and its refresh token", &["xoxe.xox", "xoxe-"], r"xoxe(?:\.xox[bp])?-[0-9]-[A-Za-z0-9]{120,200}", &["xoxe.xoxp-1-<upper:163>", "xoxe-1-<upper:146>"]),
];
