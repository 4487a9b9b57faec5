//! Addresses that a vendor hands out for one file: pre-signed links, and redirections to them.

use std::net::IpAddr;

use bytes::Bytes;
use http::header::LOCATION;
use http::{Method, Request, Response, StatusCode, Uri};

use crate::config::is_loopback_host;
use crate::{BaseUrl, BodyStream, Call, Secret, Sent, Transport, TransportError, TransportFailure};

/// Among a request's extensions: its address was handed out by the vendor, and is not built from the configuration. The
/// transport lets it go to public addresses only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandedOut;

/// How often one address may lead to another.
const MAX_REDIRECTIONS: u8 = 5;

/// Opens an address that the vendor has handed out for a file, and follows where it leads.
///
/// - No credential goes along: the address itself is one. Nor does anything else that says who asks.
/// - `https` only, and a name rather than a number, with nobody's password in it. Where the API itself is on the loopback
///   address (a simulator), an address on the loopback address is taken too.
/// - `call`: what it is for; each request on the way has its deadline. It is sent as a plain `GET`.
///
/// An answer of any other status than a redirection is `Ok`.
///
/// # Errors
/// [`TransportFailure::RefusedAddress`] for an address that must not be called, also on the way; a chain without an end
/// is one. Else as [`Transport::open`].
pub async fn open_handed_out(
    transport: &dyn Transport,
    api: &BaseUrl,
    address: &Secret,
    call: Call,
) -> Result<Response<BodyStream>, TransportError> {
    let mut address = checked(address.expose(), api)?;
    for _ in 0..=MAX_REDIRECTIONS {
        let mut request = Request::new(Bytes::new());
        *request.method_mut() = Method::GET;
        *request.uri_mut() = address.clone();
        request.extensions_mut().insert(call);
        request.extensions_mut().insert(HandedOut);
        let answer = transport.open(request).await?;
        let Some(next) = redirection(&answer) else {
            return Ok(answer);
        };
        address = checked(&resolved(&address, next.expose())?, api)?;
    }
    Err(refused())
}

/// Where an answer sends its reader; none if it is no redirection. Whoever has sent credentials must not go there with
/// them: see [`open_handed_out`].
#[must_use]
pub fn redirection<B>(answer: &Response<B>) -> Option<Secret> {
    let is_redirection = matches!(
        answer.status(),
        StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT
    );
    let location = answer.headers().get(LOCATION)?.to_str().ok()?;
    is_redirection.then(|| Secret::from(location))
}

const fn refused() -> TransportError {
    TransportError {
        sent: Sent::No,
        reason: TransportFailure::RefusedAddress,
    }
}

/// A location may leave out the host it stays at; a relative path is not worth its risks.
fn resolved(from: &Uri, location: &str) -> Result<String, TransportError> {
    if location.starts_with('/') && !location.starts_with("//") {
        let scheme = from.scheme_str().ok_or_else(refused)?;
        let authority = from.authority().ok_or_else(refused)?;
        return Ok(format!("{scheme}://{authority}{location}"));
    }
    Ok(location.to_owned())
}

fn checked(address: &str, api: &BaseUrl) -> Result<Uri, TransportError> {
    let uri: Uri = address.parse().map_err(|_| refused())?;
    let authority = uri.authority().ok_or_else(refused)?;
    if authority.as_str().contains('@') {
        return Err(refused());
    }
    let host = authority.host();
    let ip: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    let is_loopback = is_loopback_host(host);
    match uri.scheme_str() {
        Some("https" | "http") if is_loopback && api.is_loopback() => Ok(uri),
        // A number is nobody's name: no certificate speaks for it, and no vendor hands it out.
        Some("https") if ip.is_none() && !host.is_empty() && !is_loopback => Ok(uri),
        _ => Err(refused()),
    }
}

#[cfg(test)]
mod tests;
