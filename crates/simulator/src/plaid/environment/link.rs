//! Tokens for the vendor's SDK, and the page behind one.

use std::time::Duration;

use serde_json::{Map, Value};

use super::api::Call;
use super::attempts::Wanted;
use super::fault::Fault;
use super::fields::Fields;
use crate::plaid::input;

/// The vendor gives it a life; for this product it is not enforced.
const VALID_FOR: Duration = Duration::from_secs(4 * 3_600);

const NAME_LETTERS: usize = 30;

const PRODUCT: &str = "identity_verification";

/// What a token opens.
#[derive(Clone, Debug)]
pub(super) struct LinkToken {
    client_user_id: String,
    user_id: Option<String>,
    template_id: String,
    user: Map<String, Value>,
    gave_consent: bool,
    /// Where the person goes afterwards.
    pub(super) return_url: Option<String>,
}

/// Members of the request that other products use. The vendor knows them; here nothing follows from them.
const OTHERS: [&str; 40] = [
    "access_token",
    "access_tokens",
    "account_filters",
    "additional_consented_products",
    "android_package_name",
    "appearance_mode",
    "auth",
    "base_report",
    "card_switch",
    "cashflow_report",
    "consumer_report_permissible_purpose",
    "cra_enabled",
    "cra_options",
    "cra_report_parameter",
    "credit_partner_insights",
    "employment",
    "enable_multi_item_link",
    "eu_config",
    "financekit_supported",
    "hosted_link",
    "identity",
    "income_verification",
    "institution_data",
    "institution_id",
    "investments",
    "investments_auth",
    "link_customization_name",
    "optional_products",
    "payment_configuration",
    "payment_initiation",
    "products",
    "redirect_uri",
    "required_if_supported_products",
    "statements",
    "third_party_user_token",
    "transactions",
    "transfer",
    "update",
    "user_token",
    "webhook",
];

/// Where the person's data stand in the request.
const PREFILLED: [&str; 6] = [
    "name",
    "phone_number",
    "email_address",
    "date_of_birth",
    "address",
    "id_number",
];

impl Call<'_> {
    pub(super) fn create_link_token(&mut self, body: &Map<String, Value>) -> Result<Value, Fault> {
        let wanted = ["client_name", "language", "country_codes"];
        let known = [&OTHERS[..], &["user", "user_id", PRODUCT]].concat();
        let fields = Fields::of(body, &wanted, &known)?;
        if fields.wanted_text("client_name")?.chars().count() > NAME_LETTERS {
            return Err(Fault::field("client_name must have 30 characters at most"));
        }
        fields.wanted_text("language")?;
        let countries = fields.list("country_codes")?;
        let is_country = |value: &Value| value.as_str().is_some_and(|code| code.len() == 2);
        if countries.is_empty() || !countries.iter().all(is_country) {
            return Err(Fault::field(
                "country_codes must be an array of country codes",
            ));
        }
        let products = fields.list("products")?;
        if !products.contains(&PRODUCT.into()) {
            return Err(Fault::field("products must name identity_verification"));
        }
        if products.len() > 1 {
            let message = "identity_verification must be the only product";
            return Err(Fault::configuration(message));
        }
        if !self.environment.options.is_enabled {
            return Err(Fault::product());
        }
        let known = ["consent", "gave_consent"];
        let options = fields.fields(PRODUCT, &["template_id"], &known)?;
        let options = options.ok_or_else(|| Fault::missing_fields(&[PRODUCT]))?;
        let template_id = options.wanted_text("template_id")?;
        self.template(template_id)?;
        let user = fields.object("user")?.cloned().unwrap_or_default();
        let client_user_id = user.get("client_user_id").and_then(Value::as_str);
        let (client_user_id, user_id) = self.whose(client_user_id, fields.text("user_id")?)?;
        let is_prefilled = |name: &str| PREFILLED.contains(&name);
        let user: Map<_, _> = user
            .into_iter()
            .filter(|(name, _)| is_prefilled(name))
            .collect();
        input::check(&user).map_err(Fault::identity_data)?;
        let hosted = fields.object("hosted_link")?;
        let return_url = hosted.and_then(|hosted| hosted.get("completion_redirect_uri"));
        let uuid = self.state.ids.uuid("link");
        let token = format!("link-{}-{uuid}", self.environment.name);
        let opened = LinkToken {
            client_user_id,
            user_id,
            template_id: template_id.to_owned(),
            user,
            gave_consent: options.flag("gave_consent")?.unwrap_or(false),
            return_url: return_url.and_then(Value::as_str).map(str::to_owned),
        };
        let mut answer = Map::new();
        let mut say = |name: &str, value: String| answer.insert(name.to_owned(), value.into());
        say("expiration", self.now.plus(VALID_FOR).to_string());
        say("link_token", token.clone());
        if hosted.is_some() {
            let base_url = &self.state.base_url;
            say("hosted_link_url", format!("{base_url}/link/{token}"));
        }
        if let Some(user_id) = &opened.user_id {
            say("user_id", user_id.clone());
        }
        self.state.link_tokens.insert(token, opened);
        Ok(Value::Object(answer))
    }

    /// The attempt a token opens: the newest of the person with the template, or a new one. There is no other one until
    /// it is retried.
    pub(super) fn opened_by(&mut self, token: &LinkToken) -> Option<String> {
        if let Some(id) = self.latest(&token.client_user_id, &token.template_id) {
            return Some(id);
        }
        let template = self.template(&token.template_id).ok()?;
        let id = self.make(Wanted {
            client_user_id: token.client_user_id.clone(),
            user_id: token.user_id.clone(),
            template,
            user: token.user.clone(),
            is_shareable: false,
            gave_consent: token.gave_consent,
        });
        self.begin(&id);
        Some(id)
    }
}
