//! Keys of payment and commerce services.

use crate::rule::Rule;

pub(crate) const RULES: &[Rule] = &[
    Rule::prefix("stripe_secret_key", "Stripe secret key", &["sk_live_", "sk_test_"], "sk_(?:live|test)_(?:[A-Za-z0-9]{96,110}|[A-Za-z0-9]{24})", &["sk_live_<alnum:24>"]),
    Rule::prefix("stripe_restricted_key", "Stripe restricted key", &["rk_live_", "rk_test_"], "rk_(?:live|test)_(?:[A-Za-z0-9]{96,110}|[A-Za-z0-9]{24})", &["rk_live_<alnum:24>"]),
    Rule::prefix("stripe_webhook_secret", "Stripe webhook secret", &["whsec_"], "whsec_[A-Za-z0-9+/]{32,64}={0,2}", &["whsec_<alnum:32>"]),
    Rule::prefix("square_access_token", "Square access token", &["EAAA"], "EAAA[A-Za-z0-9_-]{60}", &["EAAA<alnum:60>"]),
    Rule::prefix("square_oauth_secret", "Square OAuth secret", &["sq0csp-", "sq0atp-"], "sq0(?:csp|atp)-[A-Za-z0-9_-]{22,43}", &["sq0csp-<url:43>"]),
    Rule::prefix("braintree_access_token", "Braintree access token", &["access_token$"], r"access_token\$(?:production|sandbox)\$[a-z0-9]{16}\$[0-9a-f]{32}", &["access_token$production$<lower:16>$<hex:32>"]),
    Rule::key("paypal_client_secret", "PayPal client secret", &["paypal"], "E[A-Za-z0-9_-]{79}", &["PAYPAL_CLIENT_SECRET=E<url:79>"]),
    Rule::prefix("shopify_access_token", "Shopify token", &["shpat_", "shpca_", "shppa_", "shpss_"], "shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}", &["shpat_<hex:32>"]),
    Rule::prefix("adyen_api_key", "Adyen key", &["AQE"], "AQE[A-Za-z0-9+/]{40,200}[A-Za-z0-9+/=]{0,4}-[A-Za-z0-9+/=]{20,120}(?:-[A-Za-z0-9+/=.,;:<>(){}!^*~?&]{8,40})?", &["AQE<base64:90>-<base64:43>=-<alnum:16>"]),
    Rule::prefix("razorpay_key_id", "Razorpay key id", &["rzp_live_", "rzp_test_"], "rzp_(?:live|test)_[A-Za-z0-9]{14}", &["rzp_live_<alnum:14>"]),
    Rule::prefix("flutterwave_secret_key", "Flutterwave secret key", &["FLWSECK-", "FLWSECK_TEST-"], "FLWSECK(?:_TEST)?-[0-9a-f]{32}-X", &["FLWSECK-<hex:32>-X"]),
    Rule::prefix("paystack_secret_key", "Paystack secret key", &["sk_live_", "sk_test_"], "sk_(?:live|test)_[0-9a-f]{40}", &["sk_live_<hex:40>"]),
    Rule::prefix("easypost_api_key", "EasyPost key", &["EZAK", "EZTK"], "EZ[AT]K[A-Za-z0-9]{54}", &["EZAK<alnum:54>"]),
    Rule::prefix("shippo_api_token", "Shippo token", &["shippo_live_", "shippo_test_"], "shippo_(?:live|test)_[0-9a-f]{40}", &["shippo_live_<hex:40>"]),
    Rule::prefix("duffel_token", "Duffel token", &["duffel_live_", "duffel_test_"], "duffel_(?:live|test)_[A-Za-z0-9_-]{43}", &["duffel_live_<url:43>"]),
    Rule::prefix("mollie_api_key", "Mollie key", &["live_", "test_"], "(?:live|test)_[A-Za-z0-9]{30}", &["live_<alnum:30>"]),
];
