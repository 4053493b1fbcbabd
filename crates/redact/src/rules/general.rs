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
    Rule::prefix(
        "jwt",
        "JSON Web Token in base64 once more",
        &["ZXlK"],
        "ZXlK[A-Za-z0-9+/]{60,6000}={0,2}",
        &[
            "ZXlKaGJHY2lPaUpJVXpJMU5pSXNJblI1Y0NJNklrcFhWQ0o5LmV5SnpkV0lpT2lJeEluMC5rUDN4dzlxVDd2Qm1aMWM0TnM4ZFlmMmdIajVMYTZXZTBSdDlVeUlvUHE=",
        ],
    )
    .validated(secrets::is_encoded_jwt)
    .but_not(&["ZXlKbm90YWp3dA=="]),
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
    Rule::code(
        "url_signature",
        Category::Secret,
        "signature of a signed address: AWS, Azure, Google Cloud, CloudFront",
        &["sig=", "signature="],
        Confidence::Form,
        &[
            "https://acme.blob.core.windows.net/a?sv=2022-11-02&sp=r&sig=<alnum:43>%3D",
            "https://a.s3.amazonaws.com/b?X-Amz-SignedHeaders=host&X-Amz-Signature=<hex:64>",
        ],
        &["/plot?sig=3&design=modern", "X-Amz-Signature=..."],
    ),
    Rule::prefix(
        "password_hash",
        "password as hash: crypt, PBKDF2, Argon2, scrypt, LDAP",
        &["$1$", "$5$", "$6$", "$7$", "$y$", "$gy$", "$apr1$", "$argon2", "$scrypt$", "$pbkdf2", "$P$", "$H$"],
        concat!(
            r"\$(?:apr)?1\$[./A-Za-z0-9]{1,8}\$[./A-Za-z0-9]{22}",
            r"|\$5\$(?:rounds=\d{1,9}\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{43}",
            r"|\$6\$(?:rounds=\d{1,9}\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{86}",
            r"|\$(?:7|g?y)\$[./A-Za-z0-9]{3,12}\$[./A-Za-z0-9]{1,64}\$[./A-Za-z0-9]{43}",
            r"|\$argon2(?:id|i|d)\$v=\d{2}\$m=\d{1,9},t=\d{1,4},p=\d{1,3}\$[A-Za-z0-9+/]{8,64}\$[A-Za-z0-9+/]{16,128}",
            r"|\$scrypt\$ln=\d{1,2},r=\d{1,3},p=\d{1,3}\$[A-Za-z0-9+/]{8,64}\$[A-Za-z0-9+/]{16,128}",
            r"|\$pbkdf2(?:-sha(?:1|256|512))?\$[a-z0-9=,]{1,16}\$[./A-Za-z0-9+]{8,64}\$[./A-Za-z0-9+]{16,128}",
            r"|\$[PH]\$[./A-Za-z0-9]{31}",
        ),
        &["root:$6$kP3xw9qT$<alnum:86>:19000:0:99999:7:::", "ann:$apr1$x7Qw9a1c$<alnum:22>"],
    )
    .checked(secrets::looks_random)
    .but_not(&["echo $1$2", "sed 's/$6$//'"]),
    Rule::prefix(
        "password_hash",
        "password as hash in the forms of Django and LDAP",
        &["pbkdf2_sha256$", "{SHA}", "{SSHA}"],
        r"pbkdf2_sha256\$\d{4,8}\$[A-Za-z0-9]{8,32}\$[A-Za-z0-9+/]{43}=|\{S?SHA\}[A-Za-z0-9+/]{26,40}={0,2}",
        &["pbkdf2_sha256$600000$<alnum:22>$<alnum:43>="],
    )
    .but_not(&["pbkdf2_sha256$ is the algorithm"]),
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
