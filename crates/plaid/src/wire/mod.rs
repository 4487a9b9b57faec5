//! The vendor's JSON, word for word: the members that are read, under the vendor's names.
//!
//! From the vendor's OpenAPI file (API version 2020-09-14, file version 1.697.4), with the members of later ones;
//! read 2026-11-20. Nothing here prints: a derived `Debug` of these would show a person.

pub(crate) mod json;

use json::members;
pub(crate) use json::{Json, Member, Members, Objects, OnlyMembersOf, Text};

members! {
    /// An attempt of one person to verify their identity: what a session is here. Its `completed_at` is not read: it
    /// says when the person was done, and neither moves with a later change nor decides anything.
    /// <https://plaid.com/docs/api/products/identity-verification/#identity_verificationget>
    Attempt {
        id: Text<'t>,
        client_user_id: Text<'t>,
        created_at: Text<'t>,
        previous_attempt_id: Text<'t>,
        shareable_url: Text<'t>,
        template: Option<Template<'t>>,
        user: Option<User<'t>>,
        status: Text<'t>,
        /// Seven named steps, and any others.
        steps: Option<&'t Json<'t>>,
        documentary_verification: Option<DocumentaryVerification<'t>>,
        selfie_check: Option<SelfieCheck<'t>>,
        kyc_check: Option<&'t Json<'t>>,
        risk_check: Option<&'t Json<'t>>,
        verify_sms: Option<VerifySms<'t>>,
        watchlist_screening_id: Text<'t>,
        beacon_user_id: Text<'t>,
        user_id: Text<'t>,
        redacted_at: Text<'t>,
        latest_scored_protect_event: Option<&'t Json<'t>>,
    }

    Template {
        id: Text<'t>,
        version: Option<i64>,
    }

    /// What was collected from the person, or sent along by us; the vendor does not say which.
    User {
        phone_number: Text<'t>,
        date_of_birth: Text<'t>,
        ip_address: Text<'t>,
        email_address: Text<'t>,
        name: Option<Name<'t>>,
        address: Option<Address<'t>>,
        id_number: Option<IdNumber<'t>>,
    }

    Name {
        given_name: Text<'t>,
        family_name: Text<'t>,
    }

    Address {
        street: Text<'t>,
        street2: Text<'t>,
        city: Text<'t>,
        region: Text<'t>,
        postal_code: Text<'t>,
        country: Text<'t>,
    }

    IdNumber {
        value: Text<'t>,
        /// Its kind, such as `us_ssn`.
        kind = "type": Text<'t>,
    }

    DocumentaryVerification {
        status: Text<'t>,
        documents: Objects<Document<'t>>,
    }

    /// One upload of a document.
    Document {
        status: Text<'t>,
        attempt: Option<i64>,
        redacted_at: Text<'t>,
        /// Addresses that need no credentials and work for 60 s.
        images: Option<Images<'t>>,
        extracted_data: Option<ExtractedData<'t>>,
        analysis: Option<&'t Json<'t>>,
    }

    Images {
        original_front: Text<'t>,
        original_back: Text<'t>,
        cropped_front: Text<'t>,
        cropped_back: Text<'t>,
        face: Text<'t>,
    }

    ExtractedData {
        id_number: Text<'t>,
        category: Text<'t>,
        expiration_date: Text<'t>,
        issue_date: Text<'t>,
        issuing_country: Text<'t>,
        issuing_region: Text<'t>,
        date_of_birth: Text<'t>,
        address: Option<Address<'t>>,
        name: Option<Name<'t>>,
    }

    SelfieCheck {
        status: Text<'t>,
        selfies: Objects<Selfie<'t>>,
    }

    Selfie {
        status: Text<'t>,
        attempt: Option<i64>,
        capture: Option<Capture<'t>>,
        analysis: Option<&'t Json<'t>>,
    }

    Capture {
        image_url: Text<'t>,
        video_url: Text<'t>,
    }

    VerifySms {
        status: Text<'t>,
        verifications: Objects<SmsVerification<'t>>,
    }

    /// One phone number that was tried.
    SmsVerification {
        status: Text<'t>,
        attempt: Option<i64>,
        phone_number: Text<'t>,
        initially_sent_at: Text<'t>,
        redacted_at: Text<'t>,
    }

    /// A screening against lists of persons.
    /// <https://plaid.com/docs/api/products/monitor/#watchlist_screeningindividualget>
    Screening {
        id: Text<'t>,
        status: Text<'t>,
        client_user_id: Text<'t>,
        audit_trail: Option<AuditTrail<'t>>,
    }

    AuditTrail {
        source: Text<'t>,
        timestamp: Text<'t>,
    }

    /// A webhook of any product. <https://plaid.com/docs/api/products/identity-verification/#webhooks>
    Webhook {
        webhook_type: Text<'t>,
        webhook_code: Text<'t>,
        identity_verification_id: Text<'t>,
        environment: Text<'t>,
    }

    /// An error. Its messages are not read: they quote inputs. <https://plaid.com/docs/errors/>
    ErrorBody {
        error_type: Text<'t>,
        error_code: Text<'t>,
        request_id: Text<'t>,
    }

    /// A page of a list.
    List {
        identity_verifications: Option<&'t Json<'t>>,
        next_cursor: Text<'t>,
    }

    LinkToken {
        link_token: Text<'t>,
        hosted_link_url: Text<'t>,
        expiration: Text<'t>,
    }

    /// A key that signs webhooks.
    /// <https://plaid.com/docs/api/webhooks/webhook-verification/#get-webhook-verification-key>
    Key {
        alg: Text<'t>,
        crv: Text<'t>,
        kty: Text<'t>,
        usage = "use": Text<'t>,
        kid: Text<'t>,
        x: Text<'t>,
        y: Text<'t>,
    }
}
