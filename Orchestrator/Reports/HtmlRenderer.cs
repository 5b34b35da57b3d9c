using System.Xml.Linq;
using Sweeps.Orchestrator.Reports.Svg;

namespace Sweeps.Orchestrator.Reports;

/// <summary>
/// Writes a page as one HTML file that needs nothing else: no network, drawings inside, and the viewer of circuits where there are some.
/// Well-formed XML, too.
/// </summary>
internal static class HtmlRenderer
{
    // Free of '<', '>' and '&': HTML reads a style element as it stands, XML would escape them.
    private const string Style = """
        body{font:15px/1.5 system-ui,sans-serif;color:var(--fg);background:var(--bg);margin:0 auto;padding:1.5rem;max-width:80rem}
        h1{font-size:1.6rem}h2{font-size:1.25rem;margin-top:2.2rem;border-bottom:1px solid var(--grid);padding-bottom:.2rem}
        p{max-width:60rem}nav a{margin-right:1rem;color:var(--c0)}
        .wide{overflow-x:auto;margin:1rem 0}table{border-collapse:collapse;font-variant-numeric:tabular-nums}
        caption{text-align:left;font-weight:600;padding:.3rem 0}
        th,td{padding:.25rem .7rem;text-align:right;border-bottom:1px solid var(--grid);white-space:nowrap}
        th.text,td.text{text-align:left}td.text{max-width:40rem;white-space:normal}
        thead th{color:var(--dim);font-weight:600;vertical-align:bottom;white-space:normal}
        thead th span{display:inline-block;max-width:6.5rem;min-width:min-content}
        footer{color:var(--dim);margin-top:3rem}details{margin:.5rem 0}summary{cursor:pointer;font-weight:600}
        figure{margin:1rem 0;overflow-x:auto}figcaption{color:var(--dim);max-width:60rem}
        """;

    public static string Render(ReportPage page)
    {
        var hasCircuits = page.Sections.SelectMany(s => s.Folded.Prepend(s)).SelectMany(s => s.Figures).Any(f => f.Circuit is not null);
        var html = new XElement("html", new XAttribute("lang", "en"),
            new XElement("head",
                new XElement("meta", new XAttribute("charset", "utf-8")),
                new XElement("meta", new XAttribute("name", "viewport"), new XAttribute("content", "width=device-width, initial-scale=1")),
                new XElement("title", page.Title),
                new XElement("style", SvgStyle.Variables + SvgStyle.Classes + Style + (hasCircuits ? CircuitViewer.Style : ""))),
            new XElement("body",
                new XElement("h1", page.Title),
                new XElement("nav", new XAttribute("aria-label", "sections"),
                    page.Sections.Select((s, i) => new XElement("a", new XAttribute("href", $"#s{i}"), s.Title))),
                page.Sections.Select((s, i) => Section(s, $"s{i}")),
                page.Footer is { } footer ? new XElement("footer", new XElement("p", footer)) : null,
                hasCircuits ? CircuitViewer.Script() : null));
        return "<!DOCTYPE html>\n" + html.ToString(SaveOptions.DisableFormatting).ReplaceLineEndings("\n") + "\n";
    }

    private static XElement Section(ReportSection section, string id) => new("section", new XAttribute("id", id),
        new XElement("h2", section.Title),
        Content(section),
        section.Folded.Select(f => new XElement("details", new XElement("summary", f.Title), Content(f))));

    private static IEnumerable<XElement> Content(ReportSection section) =>
    [
        .. section.Paragraphs.Select(p => new XElement("p", p)),
        .. section.Tables.Select(Table),
        .. section.Figures.Select(Figure),
    ];

    private static XElement Figure(ReportFigure figure) => new(
        "figure", new XAttribute("id", figure.Name), figure.Drawing.ToElement(), new XElement("figcaption", figure.Caption),
        figure.Circuit is { } circuit ? CircuitViewer.Data(figure.Name, circuit) : null);

    private static XElement Table(ReportTable table) => new("div", new XAttribute("class", "wide"),
        // So that keys can scroll it where it is wider than the window.
        new XAttribute("tabindex", 0), new XAttribute("role", "group"), new XAttribute("aria-label", table.Caption),
        new XElement("table",
            new XElement("caption", table.Caption),
            // A span can be narrow and still give a long name its room; a narrow cell lets it run into the next.
            new XElement("thead", Row(table, table.Columns, (text, _) =>
                new XElement("th", new XAttribute("scope", "col"), new XElement("span", text)))),
            new XElement("tbody", table.Rows.Select(row =>
                Row(
                    table, row,
                    (text, column) =>
                        column == 0 ? new XElement("th", new XAttribute("scope", "row"), text) : new XElement("td", text))))));

    private static XElement Row(ReportTable table, IReadOnlyList<string> cells, Func<string, int, XElement> cell) => new("tr",
        cells.Select((text, column) =>
        {
            var element = cell(text, column);
            if (column < table.TextColumns) element.Add(new XAttribute("class", "text"));
            return element;
        }));
}
