//! The page, read by a parser.

use std::collections::BTreeSet;

use roxmltree::{Document, Node, ParsingOptions};

use crate::invented::{self, HOSTILE};

fn parsed(html: &str) -> Document<'_> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    Document::parse_with_options(html, options).unwrap_or_else(|error| panic!("{error}"))
}

fn elements<'a>(page: &'a Document<'a>, name: &'static str) -> impl Iterator<Item = Node<'a, 'a>> {
    page.descendants().filter(move |node| node.tag_name().name() == name)
}

fn text_of(node: Node<'_, '_>) -> String {
    node.descendants()
        .filter_map(|node| if node.is_text() { node.text() } else { None })
        .collect::<Vec<_>>()
        .join(" ")
}

/// The drawings that are content, not samples of their colours.
fn plots<'a>(page: &'a Document<'a>) -> impl Iterator<Item = Node<'a, 'a>> {
    elements(page, "svg").filter(|svg| svg.attribute("class") == Some("plot"))
}

#[test]
fn a_page_is_well_formed_with_everything_in_it_and_with_nothing() {
    let (full, empty) = (invented::report().to_html().unwrap(), invented::empty().to_html().unwrap());
    let full = parsed(&full);
    let sections =
        elements(&full, "section").filter_map(|section| section.attribute("id")).collect::<Vec<_>>();
    assert_eq!(
        sections,
        [
            "targets",
            "recommendations",
            "over-time",
            "latencies",
            "time",
            "trend",
            "figures",
            "alerts",
            "surroundings"
        ]
    );
    let empty = parsed(&empty);
    assert_eq!(plots(&empty).count(), 0);
    assert!(text_of(empty.root()).contains("No target was set"));
}

#[test]
fn each_part_of_a_run_has_its_own_plots_that_begin_with_it() {
    let report = invented::in_parts();
    let page = report.to_html().unwrap();
    let page = parsed(&page);
    let parts: Vec<_> = elements(&page, "details").map(text_of).collect();
    assert_eq!(parts.len(), 2, "the part in which nothing was seen has no plots");
    // The second begins at the 30th second of the run and ends with it.
    assert!(parts[0].contains("first half") && parts[1].contains("second half"));
    let kills = |text: &str| text.contains("kill");
    assert!(!kills(&parts[0]) && kills(&parts[1]));
    assert!(parts[1].contains("8.2 s"), "{}", parts[1]);
    let ids: Vec<_> = page.descendants().filter_map(|node| node.attribute("id")).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
}

#[test]
fn a_page_loads_and_runs_nothing() {
    let html = invented::report().to_html().unwrap();
    let page = parsed(&html);
    let active = [
        "script",
        "iframe",
        "link",
        "img",
        "object",
        "embed",
        "base",
        "form",
        "foreignObject",
        "use",
        "image",
    ];
    for node in page.descendants().filter(Node::is_element) {
        assert!(!active.contains(&node.tag_name().name()), "{node:?}");
        for attribute in node.attributes() {
            let (name, value) = (attribute.name(), attribute.value());
            assert!(
                !["href", "src", "srcset", "action"].contains(&name) && !name.starts_with("on"),
                "{name}={value}"
            );
            assert!(!value.contains("url("), "{name}={value}");
        }
    }
    let style = elements(&page, "style").map(text_of).collect::<String>();
    assert!(!style.contains("url(") && !style.contains("@import"));
    let policy =
        elements(&page, "meta").find(|meta| meta.attribute("http-equiv") == Some("Content-Security-Policy"));
    assert_eq!(
        policy.and_then(|it| it.attribute("content")),
        Some("default-src 'none'; style-src 'unsafe-inline'")
    );
}

#[test]
fn a_name_that_looks_like_markup_stays_text() {
    let html = invented::report().to_html().unwrap();
    let page = parsed(&html);
    let shown = HOSTILE.replace('\u{1b}', "\u{FFFD}");
    let places =
        page.descendants().filter(|node| node.is_text() && node.text().is_some_and(|it| it.contains(&shown)));
    let parents = places.filter_map(|text| Some(text.parent()?.tag_name().name())).collect::<BTreeSet<_>>();
    // As a target, a figure, an option, a key of a plot, a description, a part in a plot.
    for parent in ["th", "code", "dt", "dd", "small", "span", "desc", "text"] {
        assert!(parents.contains(parent), "{parent} of {parents:?}");
    }
    assert!(!html.contains('\u{1b}'));
}

#[test]
fn every_plot_has_a_title_and_a_description_and_a_table_beside_it() {
    let html = invented::report().to_html().unwrap();
    let page = parsed(&html);
    let ids = page.descendants().filter_map(|node| node.attribute("id")).collect::<Vec<_>>();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{ids:?}");
    let titles = plots(&page).map(|plot| {
        let labels = plot.attribute("aria-labelledby").expect("it has a label").split(' ');
        let told =
            labels.map(|id| text_of(page.descendants().find(|it| it.attribute("id") == Some(id)).expect(id)));
        let told = told.collect::<Vec<_>>();
        assert!(told.len() == 2 && told.iter().all(|text| !text.is_empty()), "{told:?}");
        assert_eq!(plot.attribute("role"), Some("img"));
        told[0].clone()
    });
    let titles = titles.collect::<Vec<_>>();
    for title in [
        "Throughput over time",
        "P99 over time",
        "Memory over time",
        "Latency by percentile",
        "Where time goes",
    ] {
        // For a screen and for a phone.
        assert_eq!(titles.iter().filter(|told| *told == title).count(), 2, "{title}");
    }
    assert!(titles.iter().any(|title| title == "reads.key.cql"), "{titles:?}");
    for section in
        elements(&page, "section").filter(|section| section.descendants().any(|it| it.has_tag_name("figure")))
    {
        let has_table = section.children().any(|child| child.has_tag_name("table"));
        assert!(has_table, "{:?}", section.attribute("id"));
    }
}

#[test]
fn the_verdict_comes_first_and_what_was_not_run_is_not_passed() {
    let html = invented::report().to_html().unwrap();
    let page = parsed(&html);
    let body = elements(&page, "body").next().unwrap();
    let header = body.first_element_child().unwrap();
    let told = text_of(header);
    assert!(
        told.contains("2 of 16 targets missed") && told.contains("1 regression against 12 earlier runs"),
        "{told}"
    );
    let row = elements(&page, "tr").find(|row| text_of(*row).contains("growth.10m_to_1m")).unwrap();
    assert_eq!(row.attribute("class"), Some("open"));
    assert!(text_of(row).contains("8 GB of free room are needed"));
}

#[test]
fn a_figure_has_its_unit_and_its_spread() {
    let report = invented::report();
    let html = report.to_html().unwrap();
    let page = parsed(&html);
    let rows = elements(&page, "tr").map(text_of).collect::<Vec<_>>();
    for figure in &report.figures {
        let shown = figure.name.replace('\u{1b}', "\u{FFFD}");
        let spread = figure.spread;
        let varies = format!("±{:.1} %", spread.variation * 100.0);
        let values = [spread.median, spread.min, spread.max].map(|value| figure.unit.text(value));
        let is_told = |row: &&String| {
            row.contains(&shown) && row.contains(&varies) && values.iter().all(|value| row.contains(value))
        };
        assert!(rows.iter().any(|row| is_told(&row)), "no row of {shown} with {values:?} and {varies}");
    }
}
