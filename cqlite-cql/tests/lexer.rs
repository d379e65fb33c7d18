//! Text to tokens.

#![expect(clippy::unwrap_used, reason = "what these tests assert with fails by panicking")]

use cqlite_cql::lexer::{Keyword, Lexer, Token, TokenKind};

fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut lexer = Lexer::new(source);
    let mut tokens = Vec::new();
    loop {
        let token = lexer.next_token().unwrap();
        if token.kind == TokenKind::End {
            return tokens;
        }
        tokens.push(token);
    }
}

fn kinds_and_texts(source: &str) -> Vec<(TokenKind, &str)> {
    tokens(source).into_iter().map(|token| (token.kind, token.text)).collect()
}

/// Asserts that each text is one token of the kind.
#[track_caller]
fn assert_each_is(kind: TokenKind, texts: &[&str]) {
    for text in texts {
        assert_eq!(kinds_and_texts(text), [(kind, *text)]);
    }
}

#[track_caller]
fn assert_error(source: &str, message: &str) {
    let mut lexer = Lexer::new(source);
    let error = loop {
        match lexer.next_token() {
            Ok(token) => assert_ne!(token.kind, TokenKind::End, "no error in {source:?}"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.to_string(), message);
}

#[test]
fn each_literal_is_one_token_of_its_kind() {
    assert_each_is(TokenKind::Integer, &["0", "42", "-42", "123456789012345678901234567890"]);
    assert_each_is(
        TokenKind::Float,
        &["1.5", "-1.5", "1.", "1e9", "1E+9", "-1.25e-10", "NaN", "nan", "-NaN", "Infinity", "-infinity"],
    );
    assert_each_is(TokenKind::Boolean, &["true", "FALSE"]);
    assert_each_is(TokenKind::Blob, &["0x", "0xcafe", "0XCAFE"]);
    assert_each_is(
        TokenKind::Uuid,
        &["123e4567-e89b-12d3-a456-426655440000", "ABCDEF12-e89b-12d3-a456-426655440000"],
    );
    assert_each_is(
        TokenKind::Duration,
        &[
            "1y2mo3w4d5h6m7s8ms9us10ns",
            "-2D",
            "5\u{b5}s",
            "P1Y2M3DT4H5M6S",
            "-P1Y",
            "PT5M",
            "P3W",
            "P0001-02-03T04:05:06",
        ],
    );
    assert_each_is(
        TokenKind::String,
        &["''", "'a'", "'it''s'", "''''", "$$it's; $1$$", "'\n'", "'\u{1f600}'"],
    );
    assert_each_is(TokenKind::QuotedIdentifier, &["\"\"", "\"Key\"", "\"say \"\"hi\"\"\""]);
}

#[test]
fn every_operator_and_punctuation_mark_is_one_token() {
    let marks = "? : ( ) [ ] { } , ; . .. = != < <= > >= + - += -= * / %";
    let found = tokens(marks);
    assert_eq!(
        found.iter().map(|token| token.text).collect::<Vec<_>>(),
        marks.split(' ').collect::<Vec<_>>()
    );
    for (token, mark) in found.iter().zip(marks.split(' ')) {
        assert_eq!(token.kind.to_string(), format!("'{mark}'"));
    }
}

#[test]
fn every_keyword_is_found_in_any_case_and_nothing_else_is() {
    for &keyword in Keyword::ALL {
        assert_eq!(Keyword::find(keyword.text()), Some(keyword));
        assert_eq!(Keyword::find(&keyword.text().to_lowercase()), Some(keyword));
    }
    assert_eq!(Keyword::find("sElEcT"), Some(Keyword::Select));
    for word in ["", "selec", "selects", "between", "generated", "zzz"] {
        assert_eq!(Keyword::find(word), None);
    }
}

#[test]
fn a_minus_sign_before_digits_belongs_to_the_number() {
    assert_eq!(
        kinds_and_texts("c -1 - 2 -x"),
        [
            (TokenKind::Identifier, "c"),
            (TokenKind::Integer, "-1"),
            (TokenKind::Minus, "-"),
            (TokenKind::Integer, "2"),
            (TokenKind::Minus, "-"),
            (TokenKind::Identifier, "x"),
        ]
    );
}

#[test]
fn two_dots_after_digits_are_a_range() {
    assert_eq!(
        kinds_and_texts("m[1..2]").into_iter().skip(2).take(3).collect::<Vec<_>>(),
        [(TokenKind::Integer, "1"), (TokenKind::Range, ".."), (TokenKind::Integer, "2")]
    );
    assert_eq!(kinds_and_texts("1...2")[..2], [(TokenKind::Float, "1."), (TokenKind::Range, "..")]);
}

#[test]
fn words_that_begin_like_literals_are_names() {
    assert_each_is(TokenKind::Identifier, &["P1Days", "PT", "p1y", "abcdef12", "nan_", "true1", "e1", "x0"]);
}

#[test]
fn a_number_ends_where_no_literal_goes_on() {
    assert_eq!(kinds_and_texts("1e"), [(TokenKind::Integer, "1"), (TokenKind::Identifier, "e")]);
    assert_eq!(kinds_and_texts("1d5"), [(TokenKind::Duration, "1d"), (TokenKind::Integer, "5")]);
}

#[test]
fn a_named_bind_marker_is_a_colon_and_a_name() {
    let expected = [(TokenKind::Colon, ":"), (TokenKind::Identifier, "name"), (TokenKind::QuestionMark, "?")];
    assert_eq!(kinds_and_texts(":name ?"), expected);
}

#[test]
fn comments_and_blanks_separate_tokens_and_are_left_out() {
    let source = "\u{feff}a -- b\n/* c ; ' */ d// e\r\n\tf/**/g --";
    assert_eq!(tokens(source).iter().map(|token| token.text).collect::<Vec<_>>(), ["a", "d", "f", "g"]);
}

#[test]
fn values_are_without_quotes_and_escapes() {
    let values: Vec<_> = tokens("'it''s' $$it''s$$ \"a\"\"b\" Word").iter().map(Token::value).collect();
    assert_eq!(values, ["it's", "it''s", "a\"b", "Word"]);
}

#[test]
fn spans_are_byte_offsets() {
    let source = "'\u{e9}' x";
    let spans: Vec<_> = tokens(source).iter().map(|token| (token.span.start, token.span.end)).collect();
    assert_eq!(spans, [(0, 4), (5, 6)]);
}

#[test]
fn errors_say_where_in_lines_and_utf16_columns() {
    assert_error("SELECT 'abc", "line 1:7 unterminated string literal");
    assert_error("a\n  \"abc", "line 2:2 unterminated quoted name");
    assert_error("'\u{1f600}' $$abc$", "line 1:5 unterminated string literal");
    assert_error("a /* b", "line 1:2 unterminated comment");
    assert_error("a\r\n~", "line 2:0 no viable alternative at character '~'");
    assert_error("a\u{a0}b", "line 1:1 no viable alternative at character '\\u{a0}'");
    assert_error("$", "line 1:0 no viable alternative at character '$'");
}
