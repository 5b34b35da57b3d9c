using System.Xml.Linq;
using Sweeps.Orchestrator.Web.Files;

namespace Sweeps.Orchestrator.Reports;

/// <summary>
/// The circuit viewer of the page inside a report: its script and style, and the circuits as JSON. A browser that runs no script shows the
/// drawings, in whose places the script puts viewers.
/// </summary>
internal static class CircuitViewer
{
    public static string Style { get; } = ReportText("circuit.css", "<", ">", "&");

    private static readonly string _script = ReportText("circuit.js", "]]>", "</script", "<!--");

    /// <summary>The script, which is read the same as HTML and as XML.</summary>
    public static XElement Script() => new("script", "//", new XCData($"\n{_script}\n//"));

    /// <summary>A circuit for the script.</summary>
    /// <param name="figure">the id of the figure that draws it</param>
    /// <param name="json">circuit.json</param>
    public static XElement Data(string figure, string json) => new(
        "script", new XAttribute("type", "application/json"), new XAttribute("data-circuit", figure),
        // They stand in strings alone, where JSON can escape them; HTML reads a script as it stands, XML would escape them.
        json.Replace("&", "\\u0026", StringComparison.Ordinal).Replace("<", "\\u003c", StringComparison.Ordinal)
            .Replace(">", "\\u003e", StringComparison.Ordinal));

    /// <summary>A file of the viewer.</summary>
    /// <param name="name">its name</param>
    /// <param name="never">what it must not have, since HTML and XML would read it differently</param>
    private static string ReportText(string name, params string[] never)
    {
        var text = PageFile.Report(name);
        return never.FirstOrDefault(part => text.Contains(part, StringComparison.OrdinalIgnoreCase)) is { } part
            ? throw new InvalidOperationException($"{name} has '{part}', which HTML and XML read differently")
            : text;
    }
}
