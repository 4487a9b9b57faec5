//! E-mail addresses, telephone numbers and addresses on the internet.

use std::net::IpAddr;

use super::{Family, Replacements};
use crate::leftover::Weight;

pub(super) fn is_email(text: &str) -> bool {
    let parts = text.split_once('@');
    parts.is_some_and(|(local, domain)| {
        !local.is_empty()
            && domain.contains('.')
            && !domain.contains('@')
            && !text.contains(char::is_whitespace)
    })
}

/// With a plus and its country, as E.164 has it; other digits may be anything.
pub(super) fn is_phone(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (8..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

impl Replacements {
    /// An e-mail address: `person-1@example.com` and so on.
    pub(crate) fn email(&mut self, email: &str) -> String {
        self.forget(email, Weight::Person);
        if let Some((local, _)) = email.split_once('@')
            && local.len() >= 6
        {
            self.forget(local, Weight::Person);
        }
        let plain = email.trim().to_lowercase();
        let given = self.numbered(Family::Email, &plain, |count| {
            format!("person-{count}@example.com")
        });
        self.written(given)
    }

    /// A telephone number: one of those that are kept free for stories (555-0100 to 555-0199 of an area in the USA).
    pub(crate) fn phone(&mut self, phone: &str) -> String {
        let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
        self.forget(phone, Weight::Person);
        self.forget(&digits, Weight::Person);
        let drawn = self.once(Family::Phone, &digits, |draw| {
            let area = [
                "202", "206", "212", "303", "312", "404", "415", "503", "617", "702",
            ];
            let area = area.get(draw.below(10) as usize).copied().unwrap_or("202");
            format!("1{area}55501{:02}", draw.below(100))
        });
        let plus = if phone.trim_start().starts_with('+') {
            "+"
        } else {
            ""
        };
        self.written(format!("{plus}{drawn}"))
    }

    /// An address of the internet: one from the ranges for documentation.
    pub(crate) fn ip(&mut self, ip: &str) -> String {
        self.forget(ip, Weight::Person);
        let is_v6 = matches!(ip.parse(), Ok(IpAddr::V6(_)));
        let drawn = self.once(Family::Ip, ip, |draw| {
            if is_v6 {
                return format!(
                    "2001:db8::{:x}:{:x}",
                    draw.between(1, 0xffff),
                    draw.between(1, 0xffff)
                );
            }
            let net = ["192.0.2", "198.51.100", "203.0.113"];
            let net = net
                .get(draw.below(3) as usize)
                .copied()
                .unwrap_or("192.0.2");
            format!("{net}.{}", draw.between(1, 254))
        });
        self.written(drawn)
    }
}
