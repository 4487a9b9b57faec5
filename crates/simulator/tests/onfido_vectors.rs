//! The signer against bodies that the vendor has signed.
#![cfg(test)]

use idv_simulator::onfido::sign;
use idv_testkit::shared_samples;

#[test]
fn the_vendors_own_signed_bodies_get_the_vendors_signatures() {
    // Tokens and signatures: published by the vendor with these bodies.
    let vectors = [
        (
            "wh_check_completed_v36.json",
            "wU99mE6jJ7nXOLFwZ0tJymM1lpI15pZh",
            "77ebc3e418f26be6eebb47f7ebe551321de26734fc273961e075fc9ab163d9c7",
        ),
        (
            "wh_workflow_run_completed_approved.json",
            "sgx0lCZimfQBJHnuiKJaNUF76yQZfD94",
            "de43e2a218c589d6bb750d9d7014744d378660cd106886f722f72a9c0eef3027",
        ),
        (
            "wh_workflow_task_started_profile.json",
            "YKOC6mkBxi6yK2zlUIrLMvsJMFEZObP5",
            "c95a5b785484f6fa1bc25f381b5595d66bf85cb442eefb06aa007802ee6a4dfa",
        ),
    ];
    let Some(samples) = shared_samples("onfido", vectors.len()) else {
        return;
    };
    for (file, token, signature) in vectors {
        let body = std::fs::read(samples.join(file)).unwrap();
        assert_eq!(sign(token, &body), signature, "{file}");
    }
}
