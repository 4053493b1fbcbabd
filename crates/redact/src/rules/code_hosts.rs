//! Tokens of code hosts, package registries and build systems.

use crate::rule::Rule;
use crate::validate::secrets;

pub(crate) const RULES: &[Rule] = &[
    Rule::prefix(
        "github_personal_token",
        "GitHub personal token",
        &["ghp_"],
        "ghp_[A-Za-z0-9]{36}",
        &["ghp_<crc62:30>"],
    )
    .checked(secrets::is_random_behind_prefix)
    .but_not(&["ghp_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"]),
    Rule::prefix(
        "github_fine_grained_token",
        "GitHub fine-grained token",
        &["github_pat_"],
        "github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}",
        &["github_pat_<alnum:22>_<alnum:59>"],
    ),
    Rule::prefix(
        "github_oauth_token",
        "GitHub OAuth token",
        &["gho_"],
        "gho_[A-Za-z0-9]{36}",
        &["gho_<crc62:30>"],
    )
    .checked(secrets::is_random_behind_prefix),
    Rule::prefix(
        "github_app_token",
        "GitHub app token",
        &["ghu_", "ghs_"],
        "gh[us]_[A-Za-z0-9]{36}",
        &["ghs_<crc62:30>"],
    )
    .checked(secrets::is_random_behind_prefix),
    Rule::prefix(
        "github_refresh_token",
        "GitHub refresh token",
        &["ghr_"],
        "ghr_[A-Za-z0-9]{76}|ghr_[A-Za-z0-9]{36}",
        &["ghr_<crc62:70>"],
    )
    .checked(secrets::is_random_behind_prefix),
    Rule::prefix(
        "gitlab_personal_token",
        "GitLab personal token",
        &["glpat-"],
        r"glpat-[A-Za-z0-9_-]{20,60}(?:\.[a-z0-9.]{2,12})?",
        &["glpat-<alnum:20>"],
    ),
    Rule::prefix(
        "gitlab_trigger_token",
        "GitLab trigger token",
        &["glptt-"],
        "glptt-[0-9a-f]{40}",
        &["glptt-<hex:40>"],
    ),
    Rule::prefix(
        "gitlab_runner_token",
        "GitLab runner token",
        &["glrt-"],
        "glrt-[A-Za-z0-9_-]{20,40}",
        &["glrt-<alnum:20>"],
    ),
    Rule::prefix(
        "gitlab_deploy_token",
        "GitLab deploy token",
        &["gldt-"],
        "gldt-[A-Za-z0-9_-]{20,40}",
        &["gldt-<alnum:20>"],
    ),
    Rule::prefix(
        "bitbucket_app_password",
        "Bitbucket app password",
        &["ATBB"],
        "ATBB[A-Za-z0-9]{24}[0-9A-Fa-f]{8}",
        &["ATBB<alnum:24><hex:8>"],
    ),
    Rule::prefix(
        "atlassian_api_token",
        "Atlassian token",
        &["ATATT3xFfG"],
        "ATATT3xFfG[A-Za-z0-9_=-]{60,400}",
        &["ATATT3xFfGF0<url:170>=<hex:8>"],
    ),
    Rule::prefix("npm_token", "npm token", &["npm_"], "npm_[A-Za-z0-9]{36}", &["npm_<crc62:30>"])
        .checked(secrets::is_random_behind_prefix),
    Rule::prefix(
        "pypi_token",
        "PyPI token",
        &["pypi-AgE"],
        "pypi-AgE[A-Za-z0-9_-]{50,800}",
        &["pypi-AgEIcHlwaS5vcmc<url:150>"],
    ),
    Rule::prefix(
        "rubygems_api_key",
        "RubyGems key",
        &["rubygems_"],
        "rubygems_[0-9a-f]{48}",
        &["rubygems_<hex:48>"],
    ),
    Rule::prefix("crates_io_token", "crates.io token", &["cio"], "cio[A-Za-z0-9]{32}", &["cio<alnum:32>"]),
    Rule::prefix("nuget_api_key", "NuGet key", &["oy2"], "oy2[a-z0-9]{43}", &["oy2<lower:43>"]),
    Rule::prefix(
        "clojars_token",
        "Clojars token",
        &["CLOJARS_"],
        "CLOJARS_[0-9a-f]{60}",
        &["CLOJARS_<hex:60>"],
    ),
    Rule::prefix(
        "docker_token",
        "Docker token",
        &["dckr_pat_", "dckr_oat_"],
        "dckr_[po]at_[A-Za-z0-9_-]{27,32}",
        &["dckr_pat_<alnum:27>"],
    ),
    Rule::prefix("jfrog_api_key", "JFrog key", &["AKCp"], "AKCp[A-Za-z0-9]{60,80}", &["AKCp<alnum:69>"]),
    Rule::prefix(
        "terraform_cloud_token",
        "HCP Terraform token",
        &[".atlasv1."],
        r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,72}",
        &["<alnum:14>.atlasv1.<url:67>"],
    )
    .inside(),
    Rule::prefix(
        "vault_token",
        "Vault token",
        &["hvs.", "hvb.", "hvr."],
        r"hv[sbr]\.[A-Za-z0-9_-]{24,300}",
        &["hvs.<url:95>"],
    ),
    Rule::prefix(
        "circleci_token",
        "CircleCI token",
        &["CCIPAT_", "CCIPRJ_"],
        "CCIP(?:AT|RJ)_[A-Za-z0-9]{22}_[0-9a-f]{40}",
        &["CCIPAT_<alnum:22>_<hex:40>"],
    ),
    Rule::prefix("buildkite_token", "Buildkite token", &["bkua_"], "bkua_[0-9a-f]{40}", &["bkua_<hex:40>"]),
    Rule::prefix("pulumi_token", "Pulumi token", &["pul-"], "pul-[0-9a-f]{40}", &["pul-<hex:40>"]),
    Rule::prefix(
        "doppler_token",
        "Doppler token",
        &["dp."],
        r"dp\.(?:pt|ct|sa|scim|audit)\.[A-Za-z0-9]{40,44}|dp\.st\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,44}",
        &["dp.pt.<alnum:43>", "dp.st.prd.<alnum:43>"],
    ),
    Rule::prefix("infracost_api_key", "Infracost key", &["ico-"], "ico-[A-Za-z0-9]{32}", &["ico-<alnum:32>"]),
    Rule::prefix(
        "sonar_token",
        "SonarQube token",
        &["squ_", "sqp_", "sqa_"],
        "sq[upa]_[0-9a-f]{40}",
        &["squ_<hex:40>"],
    ),
    Rule::key(
        "snyk_token",
        "Snyk token",
        &["snyk"],
        "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        &["SNYK_TOKEN=<uuid>"],
    ),
    Rule::prefix(
        "sourcegraph_token",
        "Sourcegraph token",
        &["sgp_"],
        "sgp_(?:(?:[0-9a-f]{16}|local)_)?[0-9a-f]{40}",
        &["sgp_<hex:16>_<hex:40>"],
    ),
    Rule::prefix(
        "prefect_api_key",
        "Prefect key",
        &["pnu_", "pnb_"],
        "pn[ub]_[A-Za-z0-9]{36}",
        &["pnu_<alnum:36>"],
    ),
    Rule::prefix(
        "onepassword_service_token",
        "1Password service token",
        &["ops_eyJ"],
        "ops_eyJ[A-Za-z0-9+/_-]{200,1500}={0,2}",
        &["ops_eyJ<alnum:400>"],
    ),
    Rule::prefix(
        "age_secret_key",
        "age secret key",
        &["AGE-SECRET-KEY-1"],
        "AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}",
        &["AGE-SECRET-KEY-1<bech32:58>"],
    ),
    Rule::prefix(
        "postman_api_key",
        "Postman key",
        &["PMAK-"],
        "PMAK-[0-9a-f]{24}-[0-9a-f]{34}",
        &["PMAK-<hex:24>-<hex:34>"],
    ),
];
