//! One input after the other, and what must hold of each.

use std::any::Any;
use std::fmt;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;

use fastrand::Rng;
use idv_core::bytes::Bytes;
use idv_core::http::{HeaderMap, HeaderValue};
use idv_core::webhook::{InboundWebhook, VerifiedWebhook, VerifyError};
use idv_core::{Kind, Mapped, Status};
use idv_testkit::ManualClock;

use crate::tree::Tree;
use crate::vendor::{Source, Vendor};
use crate::verdict::grants_item;
use crate::{header, mutate};

/// What is to be run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) seed: u64,
    pub(crate) inputs: u64,
}

/// What was met on the way, over all vendors. A number that stays 0 says that a check was never put to the test.
#[derive(Clone, Debug, Default)]
pub(crate) struct Met {
    /// Bodies that were changed.
    pub(crate) bodies: u64,
    /// Of these, such that a vendor could mean something by.
    pub(crate) readable: u64,
    /// Of these, such with a pass, rightly: the verdict itself says so.
    pub(crate) passes: u64,
    /// Of these, such whose original has no pass: the verdict was changed to the word.
    pub(crate) bought: u64,
    /// Signed webhooks that mean something.
    pub(crate) interpreted: u64,
    /// Headers that were changed.
    pub(crate) headers: u64,
    /// Of these, such that are believed all the same: they mean the same.
    pub(crate) believed: u64,
}

impl Met {
    fn add(&mut self, other: &Self) {
        self.bodies += other.bodies;
        self.readable += other.readable;
        self.passes += other.passes;
        self.bought += other.bought;
        self.interpreted += other.interpreted;
        self.headers += other.headers;
        self.believed += other.believed;
    }
}

/// An input that broke a promise.
#[derive(Debug)]
pub(crate) struct Broken {
    seed: u64,
    input: u64,
    vendor: &'static str,
    source: String,
    pub(crate) what: String,
    bytes: Vec<u8>,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            seed,
            input,
            vendor,
            source,
            what,
            bytes,
        } = self;
        write!(
            f,
            "{vendor}: {what}\nIDV_FUZZ_SEED={seed}, input {input}, made of {source}: "
        )?;
        write!(f, "{}", bytes.escape_ascii())
    }
}

/// Runs it on every core. Each input follows from the seed and its own number alone.
///
/// # Errors
/// The first input, on any core, that broke a promise.
pub(crate) fn run(vendors: &[Vendor], run: Run, tell: fn(u64)) -> Result<Met, Broken> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get) as u64;
    let (is_over, done) = (AtomicBool::new(false), AtomicU64::new(0));
    let worker = |first: u64| {
        let mut met = Met::default();
        for input in (first..run.inputs).step_by(usize::try_from(threads).unwrap()) {
            if is_over.load(Ordering::Relaxed) {
                break;
            }
            if let Err(broken) = one(vendors, run.seed, input, &mut met) {
                is_over.store(true, Ordering::Relaxed);
                return Err(broken);
            }
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            if done.is_multiple_of(1_000_000) {
                tell(done);
            }
        }
        Ok(met)
    };
    let results: Vec<Result<Met, Broken>> = thread::scope(|scope| {
        let worker = &worker;
        let workers: Vec<_> = (0..threads)
            .map(|first| scope.spawn(move || worker(first)))
            .collect();
        let joined = workers.into_iter().map(|worker| worker.join().unwrap());
        joined.collect()
    });
    let mut total = Met::default();
    for met in results {
        total.add(&met?);
    }
    Ok(total)
}

fn one(vendors: &[Vendor], seed: u64, input: u64, met: &mut Met) -> Result<(), Broken> {
    let mut rng = Rng::with_seed(seed ^ input.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let turn = usize::try_from(input).unwrap() % vendors.len();
    let vendor = &vendors[turn];
    let any = |rng: &mut Rng| &vendor.sources[rng.usize(..vendor.sources.len())];
    let (one, other) = (any(&mut rng), any(&mut rng));
    // The smaller of the two, most often: there are a few large sources, and they would take all the time.
    let (source, other) = if one.bytes.len() > other.bytes.len() && rng.u8(..8) > 0 {
        (other, one)
    } else {
        (one, other)
    };

    let mut shown = Vec::new();
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        if rng.u8(..8) == 0 {
            let values = header::mutated(&mut rng, &source.signature, &other.signature);
            shown = values.join(&b'\n');
            header_holds(vendor, source, &values, met)
        } else {
            let tree = source.tree.as_ref();
            shown = mutate::body(&mut rng, &source.bytes, tree, &other.bytes);
            let is_signed = rng.u8(..vendor.signs_one_of) == 0;
            body_holds(vendor, source, &shown, is_signed, met)
        }
    }));
    let what = match outcome {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(what)) => what,
        Err(panic) => format!("it panics: {}", words_of(&*panic)),
    };
    Err(Broken {
        seed,
        input,
        vendor: vendor.name,
        source: source.name.clone(),
        what,
        bytes: shown,
    })
}

fn words_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("without a word")
}

/// No changed header is believed, unless it says what the vendor's said.
fn header_holds(
    vendor: &Vendor,
    source: &Source,
    values: &[Vec<u8>],
    met: &mut Met,
) -> Result<(), String> {
    let mut headers = HeaderMap::new();
    for value in values {
        // What no HTTP server hands on.
        let Ok(value) = HeaderValue::from_bytes(value) else {
            return Ok(());
        };
        headers.append(vendor.header, value);
    }
    met.headers += 1;
    if verify(vendor, headers, &source.bytes).is_err() {
        return Ok(());
    }
    let means_the_same = match values {
        [one] => {
            str::from_utf8(one).is_ok_and(|one| (vendor.means_the_same)(&source.signature, one))
        }
        _ => false,
    };
    if !means_the_same {
        return Err("a header with another meaning is believed".to_owned());
    }
    met.believed += 1;
    Ok(())
}

/// The kinds an object may be read as; none for what is guessed.
const KINDS: [Option<Kind>; 7] = [
    None,
    Some(Kind::Session),
    Some(Kind::Webhook),
    Some(Kind::Report),
    Some(Kind::List),
    Some(Kind::Error),
    Some(Kind::Other),
];

/// No changed body is believed, and none grants what its vendor did not.
///
/// `is_signed`: whether the changed body gets a right signature of its own before it is interpreted, or the receipt of
/// another.
fn body_holds(
    vendor: &Vendor,
    source: &Source,
    body: &[u8],
    is_signed: bool,
    met: &mut Met,
) -> Result<(), String> {
    met.bodies += 1;
    let is_changed = body != source.bytes;
    let believed = verify(vendor, signed(vendor, &source.signature), body).is_ok();
    if believed == is_changed {
        let which = if is_changed {
            "a changed body is"
        } else {
            "the vendor's own body is not"
        };
        return Err(format!(
            "{which} believed with the signature of the original"
        ));
    }

    let verified = if is_signed {
        let verified = verify(vendor, signed(vendor, &(vendor.sign)(body)), body)
            .map_err(|error| format!("a rightly signed body is not believed: {error}"))?;
        if verified.body() != body {
            return Err("another body is handed on than the one that was signed".to_owned());
        }
        verified
    } else {
        let body = Bytes::copy_from_slice(body);
        VerifiedWebhook::restored_from_inbox(body, source.receipt.clone())
    };
    if let Ok(event) = vendor.provider.interpret(&verified) {
        met.interpreted += 1;
        if let Some(payload) = &event.payload {
            is_granted(vendor, source, body, payload, met)?;
        }
    }

    let mut is_readable = false;
    for kind in KINDS {
        if let Ok(mapped) = vendor.provider.translate(kind, body) {
            is_readable = true;
            is_granted(vendor, source, body, &mapped, met)?;
        }
    }
    met.readable += u64::from(is_readable);
    Ok(())
}

/// A pass comes from the vendor's own verdict, or not at all.
fn is_granted(
    vendor: &Vendor,
    source: &Source,
    body: &[u8],
    mapped: &Mapped,
    met: &mut Met,
) -> Result<(), String> {
    let passed = |mapped: &Mapped| mapped.status == Some(Status::Passed);
    if !passed(mapped) && !mapped.items.iter().any(passed) {
        return Ok(());
    }
    let tree = Tree::read(body).ok_or("a pass of what is no JSON")?;
    if passed(mapped) {
        if !(vendor.grants)(&tree) {
            return Err("a pass that the vendor's verdict does not give".to_owned());
        }
        met.passes += 1;
        let had_one = source.tree.as_ref().is_some_and(vendor.grants);
        met.bought += u64::from(!had_one);
    }
    for (index, item) in mapped.items.iter().enumerate() {
        if passed(item) && !grants_item(vendor.grants, &tree, index) {
            return Err(format!(
                "a pass in place {index} of a list that the vendor's verdict there does not give"
            ));
        }
    }
    Ok(())
}

pub(crate) fn signed(vendor: &Vendor, signature: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(vendor.header, HeaderValue::from_str(signature).unwrap());
    headers
}

/// A provider without a network waits for nothing.
pub(crate) fn verify(
    vendor: &Vendor,
    headers: HeaderMap,
    body: &[u8],
) -> Result<VerifiedWebhook, VerifyError> {
    let inbound = InboundWebhook::new(headers, Bytes::copy_from_slice(body), ManualClock::NOON);
    let verifying = pin!(vendor.provider.verify(&inbound));
    match { verifying }
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => panic!("it waits"),
    }
}
