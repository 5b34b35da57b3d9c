using System.Text;

namespace Sweeps.Orchestrator.Reports;

/// <summary>Writes a page as Markdown; its drawings are files beside it.</summary>
internal static class MarkdownRenderer
{
    public static string Render(ReportPage page)
    {
        var text = new StringBuilder().Append("# ").Append(Escape(page.Title)).Append("\n\n");
        foreach (var section in page.Sections)
        {
            Section(text, "## ", section);
            foreach (var folded in section.Folded) Section(text, "### ", folded);
        }
        if (page.Footer is { } footer) text.Append("---\n\n").Append(Escape(footer)).Append('\n');
        return text.ToString().TrimEnd('\n') + "\n";
    }

    private static void Section(StringBuilder text, string heading, ReportSection section)
    {
        text.Append(heading).Append(Escape(section.Title)).Append("\n\n");
        foreach (var paragraph in section.Paragraphs) text.Append(Escape(paragraph)).Append("\n\n");
        foreach (var table in section.Tables) Table(text, table);
        foreach (var figure in section.Figures)
            text.Append("![").Append(Escape(figure.Caption)).Append("](plots/").Append(figure.Name).Append(".svg)\n\n");
    }

    private static void Table(StringBuilder text, ReportTable table)
    {
        text.Append("**").Append(Escape(table.Caption)).Append("**\n\n");
        Row(text, table.Columns);
        Row(text, table.Columns.Select((_, i) => i < table.TextColumns ? ":--" : "--:"), escape: false);
        foreach (var row in table.Rows) Row(text, row);
        text.Append('\n');
    }

    private static void Row(StringBuilder text, IEnumerable<string> cells, bool escape = true)
    {
        text.Append('|');
        foreach (var cell in cells) text.Append(' ').Append(escape ? Escape(cell) : cell).Append(" |");
        text.Append('\n');
    }

    /// <summary>Keeps names such as single_double_quote and reasons with a bar or a line break from being read as markup.</summary>
    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var c in text.ReplaceLineEndings(" "))
        {
            if (c is '\\' or '`' or '*' or '_' or '[' or ']' or '<' or '>' or '|' or '#') escaped.Append('\\');
            escaped.Append(c);
        }
        return escaped.ToString();
    }
}
