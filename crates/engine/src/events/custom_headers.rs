//! Headers an endpoint is sent besides ours.

use idv_core::Secret;
use idv_core::http::{HeaderName, HeaderValue};

use super::EndpointError;

const MOST: usize = 20;
const LONGEST_VALUE: usize = 4096;

/// What is ours to say, or the connection's.
const RESERVED: &[&str] = &[
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "traceparent",
    "tracestate",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

/// Checks headers, and gives them back with their names in lower case.
///
/// # Errors
/// [`EndpointError::Invalid`], which names a header but never its value.
pub(super) fn checked(
    headers: Vec<(String, Secret)>,
) -> Result<Vec<(String, Secret)>, EndpointError> {
    let invalid = |problem: String| EndpointError::invalid("headers", problem);
    if headers.len() > MOST {
        return Err(invalid(format!(
            "there are {}, and at most {MOST} are allowed",
            headers.len()
        )));
    }
    let mut kept: Vec<(String, Secret)> = Vec::with_capacity(headers.len());
    for (index, (name, value)) in headers.into_iter().enumerate() {
        let Ok(parsed) = HeaderName::from_bytes(name.as_bytes()) else {
            let number = index.saturating_add(1);
            return Err(invalid(format!(
                "the name of header {number} is not one: letters, digits and - are"
            )));
        };
        let name = parsed.as_str();
        if RESERVED.contains(&name) || name.starts_with("webhook-") {
            return Err(invalid(format!(
                "{name} is set by the gateway or by the connection"
            )));
        }
        if kept.iter().any(|(other, _)| other == name) {
            return Err(invalid(format!("{name} is there twice")));
        }
        if value.expose().len() > LONGEST_VALUE {
            return Err(invalid(format!(
                "the value of {name} is longer than {LONGEST_VALUE} bytes"
            )));
        }
        let is_plain = value.expose().bytes().all(|b| (b' '..=b'~').contains(&b));
        if !is_plain || HeaderValue::from_str(value.expose()).is_err() {
            return Err(invalid(format!(
                "the value of {name} holds something else than printable ASCII characters"
            )));
        }
        kept.push((name.to_owned(), value));
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[(&str, &str)]) -> Result<Vec<String>, String> {
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Secret::from(*value)))
            .collect();
        match checked(headers) {
            Ok(kept) => Ok(kept.into_iter().map(|(name, _)| name).collect()),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn what_is_not_ours_is_taken_in_lower_case() {
        let kept = check(&[("Authorization", "Bearer x y"), ("X-Tenant", "")]);
        assert_eq!(kept.unwrap(), ["authorization", "x-tenant"]);
    }

    #[test]
    fn what_is_ours_or_the_connections_is_refused() {
        for name in ["Webhook-Id", "webhook-anything", "HOST"]
            .iter()
            .chain(RESERVED)
        {
            let complaint = check(&[(name, "x")]).unwrap_err();
            let lower = name.to_ascii_lowercase();
            assert_eq!(
                complaint,
                format!("headers: {lower} is set by the gateway or by the connection")
            );
        }
    }

    #[test]
    fn bad_names_and_values_are_refused_without_repeating_the_value() {
        for name in ["", "x y", "x:", "é"] {
            let complaint = check(&[("x-good", "1"), (name, "x")]).unwrap_err();
            assert!(complaint.contains("the name of header 2"), "{complaint}");
        }
        for value in ["hush\r\nhost: evil", "hush\0", "hushé", "hush\t"] {
            let complaint = check(&[("x-key", value)]).unwrap_err();
            assert!(complaint.contains("x-key") && !complaint.contains("hush"));
        }
        assert!(check(&[("x-key", &"x".repeat(LONGEST_VALUE))]).is_ok());
        assert!(check(&[("x-key", &"x".repeat(LONGEST_VALUE + 1))]).is_err());
        assert!(check(&[("x-a", "1"), ("X-A", "2")]).is_err());
        let many: Vec<_> = (0..=MOST).map(|i| (format!("x-{i}"), "1")).collect();
        let many: Vec<_> = many.iter().map(|(n, v)| (n.as_str(), *v)).collect();
        assert!(check(&many).unwrap_err().contains("there are 21"));
    }
}
