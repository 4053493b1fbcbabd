//! Secrets of no single vendor.

use crate::rule::{Category, Confidence, Rule};
use crate::validate::secrets;

pub(crate) const RULES: &[Rule] = &[
    Rule::prefix(
        "jwt",
        "JSON Web Token; its header is decoded",
        &["eyJ"],
        r"eyJ[A-Za-z0-9_-]{10,2000}\.[A-Za-z0-9_-]{4,3000}\.[A-Za-z0-9_-]{0,1000}",
        &["eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.<url:43>"],
    )
    .validated(secrets::is_jwt)
    .but_not(&["eyJub3QiOiJhIGp3dCJ9.abcd.efgh"]),
    Rule::code(
        "private_key",
        Category::Secret,
        "PEM block of a private key, the whole block",
        &["-----BEGIN"],
        Confidence::Validated,
        &["-----BEGIN PRIVATE KEY-----\n<base64:60>\n-----END PRIVATE KEY-----"],
        &["-----BEGIN PUBLIC KEY-----\n<base64:60>\n-----END PUBLIC KEY-----"],
    ),
    Rule::code(
        "gcp_service_account_key",
        Category::Secret,
        "private key in the JSON file of a Google service account",
        &["-----BEGIN"],
        Confidence::Validated,
        &[
            r#"{"type": "service_account", "private_key": "-----BEGIN PRIVATE KEY-----\n<base64:60>\n-----END PRIVATE KEY-----\n"}"#,
        ],
        &[],
    ),
    Rule::code(
        "putty_private_key",
        Category::Secret,
        "PuTTY key file, the whole file",
        &["PuTTY-User-Key-File-"],
        Confidence::Validated,
        &[
            "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nPrivate-Lines: 1\n<base64:40>\nPrivate-MAC: <hex:64>",
        ],
        &["PuTTY-User-Key-File-3 is the format"],
    ),
    Rule::code(
        "connection_string",
        Category::Secret,
        "user and password in the address of a database or queue, the password in JDBC, ADO and DSN forms",
        &["://"],
        Confidence::Validated,
        &["postgres://app:<alnum:12>@db.example.com/orders", "Server=db;User Id=app;Password=<alnum:12>;"],
        &["postgres://db.example.com:5432/orders"],
    ),
    Rule::code(
        "url_credentials",
        Category::Secret,
        "user and password in a URL",
        &["://"],
        Confidence::Validated,
        &["git clone https://deploy:<alnum:16>@example.com/x.git"],
        &["https://example.com/@user/post", "https://example.com:8080/a@b"],
    ),
    Rule::code(
        "bearer_token",
        Category::Secret,
        "token after Bearer",
        &["bearer"],
        Confidence::Context,
        &["Authorization: Bearer <alnum:32>"],
        &["the bearer of this letter", "Authorization: Bearer [BEARER_TOKEN]"],
    ),
    Rule::code(
        "basic_auth",
        Category::Secret,
        "user and password in base64 after Basic",
        &["basic "],
        Confidence::Validated,
        &["Authorization: Basic YWRtaW46bm90LWEtcGFzcw=="],
        &["Authorization: Basic users", "what does basic auth mean"],
    ),
    Rule::key(
        "wireguard_private_key",
        "WireGuard private key",
        &["wg_", "wireguard", "[interface]", "private_key", "privatekey"],
        "[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=",
        &["[Interface]\nPrivateKey = <alnum:42>A="],
    ),
    Rule::code(
        "generic_secret",
        Category::Secret,
        "value of a key that is named as a secret",
        &["password", "api_key", "token", "secret"],
        Confidence::Generic,
        &[
            "password = 'Hx7<alnum:10>'",
            r#"{"client_secret": "<alnum:32>"}"#,
            "The password is Hx7<alnum:10>, please change it",
        ],
        &[
            "password: [GENERIC_SECRET]",
            "password required",
            "password = os.environ[\"DB_PASSWORD\"]",
            "max_tokens = 4096",
            r#"{"next_page_token": "<alnum:24>"}"#,
        ],
    ),
];
