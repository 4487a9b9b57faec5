//! Documents of one page.

use std::fmt::Write as _;

use bytes::Bytes;

/// A page with these lines. What is not plain ASCII, or means something to the format, is left out.
pub(in crate::onfido) fn pdf(lines: &[String]) -> Bytes {
    let mut text = String::from("BT /F1 11 Tf 40 780 Td 16 TL\n");
    for line in lines {
        let plain = |c: &char| matches!(c, ' '..='~') && !matches!(c, '(' | ')' | '\\');
        let line: String = line.chars().filter(plain).collect();
        let _ = writeln!(text, "({line}) Tj T*");
    }
    text.push_str("ET\n");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{text}endstream", text.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut file = String::from("%PDF-1.4\n");
    let mut places = Vec::new();
    for (number, object) in (1..).zip(&objects) {
        places.push(file.len());
        let _ = write!(file, "{number} 0 obj\n{object}\nendobj\n");
    }
    let table = file.len();
    let _ = write!(file, "xref\n0 6\n0000000000 65535 f \n");
    for place in places {
        let _ = writeln!(file, "{place:010} 00000 n ");
    }
    let _ = write!(
        file,
        "trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n"
    );
    file.into()
}
