//! Every question of the checklist (PROTOCOL, appendix A).

use crate::kit::{Http, serve};
use serde_json::{Value, json};

const USER: &str = "0x14791697260E4c9A71f18484C9f997B308e59325";

/// Whether a text is a decimal number with a point, as the venue prints all of its own.
fn is_number(value: &Value) -> bool {
    let Some((whole, fraction)) = value.as_str().and_then(|text| text.split_once('.')) else {
        return false;
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole.trim_start_matches('-')) && digits(fraction)
}

#[test]
fn every_question_has_its_shape() {
    let served = serve();
    let mut http = Http::open(served.addr);
    let user = |kind: &str| json!({"type": kind, "user": USER});
    // question, pointer into the answer, what stands there ("#": a decimal number)
    let rows = [
        (json!({"type": "meta"}), "/universe/0/name", json!("BTC")),
        (json!({"type": "meta", "dex": ""}), "/collateralToken", json!(0)),
        (json!({"type": "meta", "dex": "hyna"}), "/universe/0/name", json!("hyna:HYPE")),
        (json!({"type": "meta", "dex": "hyna"}), "/collateralToken", json!(235)),
        (json!({"type": "meta"}), "/marginTables/0/1/marginTiers/0/lowerBound", json!("0.0")),
        (json!({"type": "meta", "dex": "nowhere"}), "", json!(null)),
        (json!({"type": "metaAndAssetCtxs"}), "/1/0/markPx", json!("84143.0")),
        (
            json!({"type": "metaAndAssetCtxs", "dex": "hyna"}),
            "/0/universe/1/name",
            json!("hyna:BTC"),
        ),
        (json!({"type": "allPerpMetas"}), "/1/universe/0/szDecimals", json!(2)),
        (json!({"type": "perpDexs"}), "/0", json!(null)),
        (json!({"type": "perpDexs"}), "/1/name", json!("hyna")),
        (json!({"type": "perpDexLimits", "dex": "hyna"}), "/totalOiCap", json!("#")),
        (json!({"type": "perpDexLimits", "dex": "nowhere"}), "", json!(null)),
        (json!({"type": "perpDexStatus", "dex": "hyna"}), "/totalNetDeposit", json!("0.0")),
        (json!({"type": "spotMeta"}), "/universe/0/name", json!("PURR/USDC")),
        (json!({"type": "spotMeta"}), "/tokens/2/index", json!(235)),
        (json!({"type": "spotMetaAndAssetCtxs"}), "/1/0/markPx", json!("#")),
        (json!({"type": "allMids"}), "/HYPE", json!("26.2")),
        (json!({"type": "allMids", "dex": "hyna"}), "/hyna:HYPE", json!("26.2")),
        (json!({"type": "l2Book", "coin": "BTC"}), "/levels/0/0/px", json!("84142.0")),
        (json!({"type": "l2Book", "coin": "BTC"}), "/levels/1/19/sz", json!("#")),
        (
            json!({"type": "l2Book", "coin": "BTC", "nSigFigs": 2}),
            "/levels/1/0/px",
            json!("85000.0"),
        ),
        (json!({"type": "l2Book", "coin": "BTC", "nSigFigs": 9}), "", json!(null)),
        (json!({"type": "l2Book", "coin": "NOPE"}), "", json!(null)),
        (json!({"type": "recentTrades", "coin": "BTC"}), "", json!([])),
        (
            json!({"type": "candleSnapshot", "req": {"coin": "BTC", "interval": "1m", "startTime": 0}}),
            "",
            json!([]),
        ),
        (json!({"type": "fundingHistory", "coin": "BTC", "startTime": 0}), "", json!([])),
        (json!({"type": "predictedFundings"}), "/0/0", json!("BTC")),
        (json!({"type": "maxMarketOrderNtls"}), "/0/1", json!("30000000.0")),
        (json!({"type": "exchangeStatus"}), "/specialStatuses", json!(null)),
        (user("clearinghouseState"), "/marginSummary/accountValue", json!("10000.0")),
        (user("clearinghouseState"), "/withdrawable", json!("10000.0")),
        (user("spotClearinghouseState"), "/balances", json!([])),
        (user("openOrders"), "", json!([])),
        (user("frontendOpenOrders"), "", json!([])),
        (user("historicalOrders"), "", json!([])),
        (user("userFills"), "", json!([])),
        (json!({"type": "userFillsByTime", "user": USER, "startTime": 0}), "", json!([])),
        (json!({"type": "userFunding", "user": USER, "startTime": 0}), "", json!([])),
        (json!({"type": "orderStatus", "user": USER, "oid": 1}), "/status", json!("unknownOid")),
        (
            json!({"type": "orderStatus", "user": USER, "oid": "0x00000000000000000000000000000abc"}),
            "/status",
            json!("unknownOid"),
        ),
        (user("userRateLimit"), "/nRequestsCap", json!(10_000)),
        (user("userFees"), "/userCrossRate", json!("0.00045")),
        (user("userFees"), "/userAddRate", json!("0.00015")),
        (
            json!({"type": "activeAssetData", "user": USER, "coin": "BTC"}),
            "/leverage/type",
            json!("cross"),
        ),
        (
            json!({"type": "activeAssetData", "user": USER, "coin": "BTC"}),
            "/maxTradeSzs/0",
            json!("#"),
        ),
        (user("userRole"), "/role", json!("user")),
        (user("extraAgents"), "", json!([])),
        (user("userAbstraction"), "", json!("disabled")),
        (user("portfolio"), "/0/0", json!("day")),
        (user("referral"), "/cumVlm", json!("0.0")),
        (user("userNonFundingLedgerUpdates"), "", json!([])),
    ];
    for (question, pointer, want) in rows {
        let answer = http.info(&question);
        let got = answer.pointer(pointer).unwrap_or_else(|| panic!("{question}: {answer}"));
        let same = if want == "#" { is_number(got) } else { *got == want };
        assert!(same, "{question}{pointer}: {got}, not {want}");
    }
}

#[test]
fn questions_with_missing_or_odd_parts_are_422() {
    let served = serve();
    let mut http = Http::open(served.addr);
    let rows = [
        json!({"type": "l2Book"}),
        json!({"type": "l2Book", "coin": ["BTC"]}),
        json!({"type": "clearinghouseState"}),
        json!({"type": "clearinghouseState", "user": "0x12"}),
        json!({"type": "orderStatus", "user": USER, "oid": "0xabc"}),
        json!({"type": "candleSnapshot", "req": {"coin": "BTC", "interval": "7m", "startTime": 0}}),
        json!({"type": "userFillsByTime", "user": USER}),
    ];
    for question in rows {
        assert_eq!(http.post("/info", &question.to_string()).status, 422, "{question}");
    }
}

#[test]
fn each_dex_holds_its_own_money() {
    let served = serve();
    let mut http = Http::open(served.addr);
    let [main, hyna] = ["", "hyna"]
        .map(|dex| http.info(&json!({"type": "clearinghouseState", "user": USER, "dex": dex})));
    assert_eq!(main["marginSummary"]["accountValue"], "10000.0");
    assert!(
        is_number(&hyna["marginSummary"]["accountValue"]) && hyna["assetPositions"] == json!([])
    );
}
