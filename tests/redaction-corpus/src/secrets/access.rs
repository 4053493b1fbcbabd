//! Credentials inside URLs, connection strings and headers.

use super::base64::{STANDARD, encode};
use crate::filler;
use crate::kind::Value;
use crate::pattern;
use crate::random::Random;

const USERS: &[&str] =
    &["app", "admin", "postgres", "svc_reports", "root", "crawler", "deploy", "readwrite", "etl"];

/// A password whose characters need no escape in a URL.
fn url_password(random: &mut Random) -> String {
    pattern::draw(
        random.pick(&[
            "[A-Za-z0-9]{16,28}",
            "[A-Za-z0-9_~-]{10,20}[A-Za-z0-9]",
            "(Winter|Falke|river|cobalt)[0-9]{2,4}(%21|%24|%40)[a-z]{2,4}[0-9]",
        ]),
        random,
    )
}

/// A password for `key=value;` forms.
fn plain_password(random: &mut Random) -> String {
    pattern::draw(
        random.pick(&["[A-Za-z0-9]{14,24}", "[A-Za-z0-9][A-Za-z0-9!#$^*_.-]{9,15}[A-Za-z0-9]"]),
        random,
    )
}

/// The variants `url` and `pairs` choose between the two families.
pub(super) fn connection_string(random: &mut Random, variant: &str) -> Value {
    let host = random.pick(filler::HOSTS);
    let user = random.pick(USERS);
    let database = random.pick(&["orders", "analytics", "app_production", "vectors"]);
    let as_url = match variant {
        "url" => true,
        "pairs" => false,
        _ => random.percent(60),
    };
    if as_url {
        let password = url_password(random);
        let credentials = format!("{user}:{password}");
        return match random.below(8) {
            0 | 1 => Value::part(
                "postgresql://",
                &credentials,
                &format!("@db.{host}:5432/{database}?sslmode=require"),
            ),
            2 => Value::part("postgres://", &credentials, &format!("@{host}/{database}")),
            3 => Value::part("mysql://", &credentials, &format!("@mysql.{host}:3306/{database}")),
            4 => Value::part(
                "mongodb+srv://",
                &credentials,
                &format!("@cluster0.{host}/{database}?retryWrites=true"),
            ),
            5 => Value::part(
                "mongodb://",
                &credentials,
                &format!("@m1.{host}:27017,m2.{host}:27017/{database}"),
            ),
            6 => Value::part("rediss://", &format!("default:{password}"), &format!("@cache.{host}:6379/0")),
            _ => Value::part("amqps://", &credentials, &format!("@mq.{host}:5671/%2f")),
        };
    }
    let password = plain_password(random);
    match random.below(6) {
        0 => Value::part(
            &format!("Server=tcp:sql.{host},1433;Database={database};User ID={user};Password="),
            &password,
            ";Encrypt=True;Connection Timeout=30;",
        ),
        1 => Value::part(
            &format!("Data Source=sql.{host};Initial Catalog={database};Uid={user};Pwd="),
            &password,
            ";",
        ),
        2 => Value::part(
            &format!("jdbc:postgresql://pg.{host}:5432/{database}?user={user}&password="),
            &url_password(random),
            "&ssl=true",
        ),
        3 => Value::part(
            &format!("jdbc:sqlserver://sql.{host}:1433;databaseName={database};user={user};password="),
            &password,
            ";",
        ),
        4 => Value::part(
            &format!("host=pg.{host} port=5432 dbname={database} user={user} password="),
            &password,
            " sslmode=require",
        ),
        _ => Value::part(
            &format!("Host=pg.{host};Username={user};Password="),
            &password,
            &format!(";Database={database}"),
        ),
    }
}

pub(super) fn url_credentials(random: &mut Random, _variant: &str) -> Value {
    let scheme = random.pick(&["https", "https", "https", "http", "ftp", "sftp", "wss", "socks5"]);
    let host = random.pick(filler::HOSTS);
    let user = random.pick(USERS);
    let path = random.pick(&[
        "",
        ":8443",
        "/",
        "/repo.git",
        "/v1/feed.xml?since=2026",
        "/artifacts/build-118.tar.gz",
    ]);
    let password = url_password(random);
    Value::part(&format!("{scheme}://"), &format!("{user}:{password}"), &format!("@{host}{path}"))
}

pub(super) fn bearer_token(random: &mut Random, _variant: &str) -> Value {
    Value::whole(pattern::draw(
        random.pick(&[
            "[A-Za-z0-9]{32,64}",
            "[A-Za-z0-9_-]{42}[A-Za-z0-9]",
            "[a-f0-9]{40}",
            "[A-Za-z0-9]{20}\\.[A-Za-z0-9_-]{30,50}[A-Za-z0-9]",
            "mF_[A-Za-z0-9.]{20}[A-Za-z0-9]",
        ]),
        random,
    ))
}

pub(super) fn basic_auth(random: &mut Random, _variant: &str) -> Value {
    let credentials = format!("{}:{}", random.pick(USERS), plain_password(random));
    Value::whole(encode(credentials.as_bytes(), STANDARD))
}
