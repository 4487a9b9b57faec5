//! Addresses of the web: what belongs to the vendor's form stays, everything else does not.

use url::Url;

use super::opaque::{is_uuid, same_layout};
use super::{Family, Replacements};
use crate::leftover::Weight;
use crate::table::{Table, is_version};

/// Entries of a query that are the vendor's own: their names stay, and a long value of theirs opens something.
const KEPT_ENTRIES: &str = "key file token page per_page limit X-Amz-Algorithm X-Amz-Credential X-Amz-Date \
    X-Amz-Expires X-Amz-SignedHeaders X-Amz-Signature X-Amz-Security-Token";

impl Replacements {
    /// An address, whole (`https://…`) or of the vendor's API (`/v1/…`).
    pub(crate) fn web_address(&mut self, address: &str, table: &Table) -> String {
        if address.starts_with('/') {
            let (path, query) = address.split_once('?').unwrap_or((address, ""));
            let path = self.segments(path, table);
            return self.with_query(path, query);
        }
        let Ok(url) = Url::parse(address) else {
            return self.reference(address);
        };
        // Other schemes are an application's own, and may be called as it is.
        let host = url
            .host_str()
            .filter(|_| matches!(url.scheme(), "http" | "https"));
        let Some(host) = host else {
            return self.reference(address);
        };
        if !table.is_host(host) {
            return self.strangers_address(address, &url, host);
        }
        self.forget(address, Weight::Address);
        let path = self.segments(url.path(), table);
        let base = format!("{}://{host}{path}", url.scheme());
        self.with_query(base, url.query().unwrap_or_default())
    }

    fn with_query(&mut self, base: String, query: &str) -> String {
        let mut out = base;
        for (index, (name, value)) in url::form_urlencoded::parse(query.as_bytes()).enumerate() {
            let is_kept = crate::table::lists(KEPT_ENTRIES, &name);
            let name = if is_kept {
                name.into_owned()
            } else {
                self.reference(&name)
            };
            let value = if is_kept && value.len() >= 16 {
                self.secret(&value)
            } else {
                self.reference(&value)
            };
            out.push(if index == 0 { '?' } else { '&' });
            out.extend(url::form_urlencoded::byte_serialize(name.as_bytes()));
            out.push('=');
            out.extend(url::form_urlencoded::byte_serialize(value.as_bytes()));
        }
        self.written(out)
    }

    fn segments(&mut self, path: &str, table: &Table) -> String {
        let segments = path.split('/').map(|segment| {
            let is_item = segment.len() <= 3 && segment.bytes().all(|byte| byte.is_ascii_digit());
            if segment.is_empty() || is_item || table.is_path_word(segment) || is_version(segment) {
                segment.to_owned()
            } else if segment.len() > 36 && !is_uuid(segment) {
                self.secret_part(segment)
            } else {
                self.id(segment)
            }
        });
        let segments: Vec<String> = segments.collect();
        segments.join("/")
    }

    /// Somebody's own server: a host of its own that does not exist, and a path of the same layout.
    fn strangers_address(&mut self, address: &str, url: &Url, host: &str) -> String {
        self.forget(address, Weight::Address);
        self.forget(host, Weight::Address);
        let host = self.numbered(Family::Host, host, |count| {
            format!("recorded-{count}.example")
        });
        let path = url.path();
        if path.len() > 1 {
            self.forget(path, Weight::Address);
        }
        let path = self.once(Family::Host, path, |draw| same_layout(path, draw));
        self.with_query(
            format!("{}://{host}{path}", url.scheme()),
            url.query().unwrap_or_default(),
        )
    }
}
