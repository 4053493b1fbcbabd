//! Keys of clouds, hosts and databases.

use crate::rule::Rule;
use crate::validate::secrets;

pub(crate) const RULES: &[Rule] = &[
    Rule::prefix(
        "aws_access_key_id",
        "AWS access key id",
        &["AKIA", "ASIA", "ABIA", "ACCA"],
        "(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}",
        &["AKIA<upper:16>"],
    )
    .but_not(&["AKIAIOSFODNN7EXAMPLE"])
    .checked(secrets::is_no_sample),
    Rule::key(
        "aws_secret_access_key",
        "AWS secret access key",
        &["aws", "secret_access_key"],
        "[A-Za-z0-9/+]{40}",
        &["AWS_SECRET_ACCESS_KEY=<base64:40>"],
    ),
    Rule::prefix("aws_session_token", "AWS session token", &["IQoJb3JpZ2lu", "FwoGZXIvYXdz"], "(?:IQoJb3JpZ2lu|FwoGZXIvYXdz)[A-Za-z0-9+/]{80,3000}={0,2}", &["IQoJb3JpZ2luX2Vj<alnum:300>=="]),
    Rule::key(
        "azure_storage_key",
        "Azure storage account key",
        &["azure", "accountkey", "storage", "account_key"],
        "[A-Za-z0-9+/]{86}==",
        &["AZURE_STORAGE_KEY=<alnum:86>=="],
    ),
    Rule::prefix("azure_client_secret", "Microsoft Entra client secret", &["Q~"], r"[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34}", &["abc8Q~<alnum:34>"]).inside(),
    Rule::key("azure_devops_token", "Azure DevOps personal access token", &["azure", "devops", "ado", "vsts"], "[a-z2-7]{52}|[A-Za-z0-9]{84}", &["AZURE_DEVOPS_EXT_PAT=<lower:52>"]),
    Rule::prefix("google_oauth_client_secret", "Google OAuth client secret", &["GOCSPX-"], "GOCSPX-[A-Za-z0-9_-]{28}", &["GOCSPX-<url:28>"]),
    Rule::prefix("google_oauth_access_token", "Google OAuth access token", &["ya29."], r"ya29\.[A-Za-z0-9_.-]{40,1200}", &["ya29.<url:120>"]),
    Rule::prefix("firebase_server_key", "Firebase server key", &["AAAA"], "AAAA[A-Za-z0-9_-]{7}:APA91b[A-Za-z0-9_-]{120,150}", &["AAAA<alnum:7>:APA91b<url:134>"]),
    Rule::prefix("digitalocean_token", "DigitalOcean token", &["dop_v1_", "doo_v1_", "dor_v1_"], "do[opr]_v1_[0-9a-f]{64}", &["dop_v1_<hex:64>"]),
    Rule::key("cloudflare_api_token", "Cloudflare API token", &["cloudflare", "cf_"], "[A-Za-z0-9_-]{40}", &["CLOUDFLARE_API_TOKEN=<alnum:40>"]),
    Rule::key("cloudflare_global_api_key", "Cloudflare global key", &["cloudflare", "cf_"], "[0-9a-f]{37}", &["CLOUDFLARE_API_KEY=<hex:37>"]),
    Rule::prefix("cloudflare_origin_ca_key", "Cloudflare origin CA key", &["v1.0-"], r"v1\.0-[0-9a-f]{24}-[0-9a-f]{146}", &["v1.0-<hex:24>-<hex:146>"]),
    Rule::prefix("heroku_api_key", "Heroku key, new form", &["HRKU-"], "HRKU-[A-Za-z0-9_-]{60,68}|HRKU-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", &["HRKU-AA<url:58>"]),
    Rule::key("heroku_api_key", "Heroku key, old form", &["heroku"], "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", &["HEROKU_API_KEY=<uuid>"]),
    Rule::prefix("fly_io_token", "Fly.io token", &["FlyV1 fm", "fm2_"], r"(?:FlyV1 )?fm[12]r?_[A-Za-z0-9+/]{40,2000}={0,3}", &["FlyV1 fm2_<alnum:200>="]),
    Rule::key("vercel_token", "Vercel token", &["vercel"], "[A-Za-z0-9]{24}", &["VERCEL_TOKEN=<alnum:24>"]),
    Rule::prefix("netlify_token", "Netlify token", &["nfp_"], "nfp_[A-Za-z0-9]{36,44}", &["nfp_<alnum:36>"]),
    Rule::prefix("alibaba_access_key_id", "Alibaba Cloud access key id", &["LTAI"], "LTAI[A-Za-z0-9]{12,24}", &["LTAI5t<alnum:18>"]),
    Rule::key("alibaba_access_key_secret", "Alibaba Cloud access key secret", &["alibaba", "aliyun", "alicloud"], "[A-Za-z0-9]{30}", &["ALIBABA_CLOUD_ACCESS_KEY_SECRET=<alnum:30>"]),
    Rule::prefix("tencent_secret_id", "Tencent Cloud secret id", &["AKID"], "AKID[A-Za-z0-9]{32}", &["AKID<alnum:32>"]),
    Rule::key("ibm_cloud_api_key", "IBM Cloud key", &["ibm"], "[A-Za-z0-9_-]{44}", &["IBMCLOUD_API_KEY=<alnum:44>"]),
    Rule::prefix("databricks_token", "Databricks token", &["dapi"], r"dapi[0-9a-f]{32}(?:-\d)?", &["dapi<hex:32>-2"]),
    Rule::key("snowflake_password", "Snowflake password", &["snowflake"], r"[^\s]{6,80}", &["SNOWFLAKE_PASSWORD=Harbour<digit:4>#Qz"]),
    Rule::key("linode_token", "Linode token", &["linode"], "[0-9a-f]{64}", &["LINODE_TOKEN=<hex:64>"]),
    Rule::key("vultr_api_key", "Vultr key", &["vultr"], "[A-Z0-9]{36}", &["VULTR_API_KEY=<upper:36>"]),
    Rule::key("hetzner_api_token", "Hetzner Cloud token", &["hcloud", "hetzner"], "[A-Za-z0-9]{64}", &["HCLOUD_TOKEN=<alnum:64>"]),
    Rule::prefix("scaleway_access_key", "Scaleway access key", &["SCW"], "SCW[A-Z0-9]{17}", &["SCW<upper:17>"]),
    Rule::prefix("render_api_key", "Render key", &["rnd_"], "rnd_[A-Za-z0-9]{28,36}", &["rnd_<alnum:32>"]),
    Rule::key("railway_token", "Railway token", &["railway"], "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", &["RAILWAY_TOKEN=<uuid>"]),
    Rule::prefix("supabase_access_token", "Supabase access token", &["sbp_"], "sbp_(?:v0_)?[0-9a-f]{40}", &["sbp_<hex:40>"]),
    Rule::prefix("supabase_secret_key", "Supabase secret key", &["sb_secret_"], "sb_secret_[A-Za-z0-9_-]{22}_[A-Za-z0-9_-]{8}", &["sb_secret_<alnum:22>_<alnum:8>"]),
    Rule::prefix("planetscale_token", "PlanetScale token", &["pscale_tkn_", "pscale_oauth_"], "pscale_(?:tkn|oauth)_[A-Za-z0-9_.=-]{32,64}", &["pscale_tkn_<alnum:43>"]),
    Rule::prefix("planetscale_password", "PlanetScale password", &["pscale_pw_"], "pscale_pw_[A-Za-z0-9_.=-]{32,64}", &["pscale_pw_<alnum:43>"]),
    Rule::prefix("neon_api_key", "Neon key", &["napi_"], "napi_[a-z0-9]{60,70}", &["napi_<lower:64>"]),
    Rule::prefix("tailscale_auth_key", "Tailscale key", &["tskey-"], "tskey-[a-z]{2,12}-[A-Za-z0-9]{8,24}-[A-Za-z0-9]{20,40}", &["tskey-auth-<alnum:9>CNTRL-<alnum:32>"]),
    Rule::prefix("cockroach_api_key", "CockroachDB Cloud key", &["CCDB1_"], "CCDB1_[A-Za-z0-9]{22}_[A-Za-z0-9]{40}", &["CCDB1_<alnum:22>_<alnum:40>"]),
];
