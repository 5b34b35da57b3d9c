using System.Text;

namespace Sweeps.Orchestrator.Reports;

/// <summary>Writes a sweep's report into its folder: report.json, report.md with plots/*.svg, and report.html.</summary>
internal static class ReportWriter
{
    /// <summary>The page for people, in the sweep's folder.</summary>
    public const string HtmlName = "report.html";

    /// <summary>Writes, or writes again, the report of <paramref name="sweep"/>. Each file appears whole or not at all.</summary>
    /// <param name="sweep">what was found, all or so far</param>
    /// <param name="folder">the sweep's folder: artifacts are read from it and the report goes there</param>
    /// <param name="detailed">the models whose circuits are drawn, and whose searches are shown one by one; null for all</param>
    /// <param name="times">the last line of the pages, see <see cref="ReportTimes"/>; null for none</param>
    /// <returns>the absolute path of report.html</returns>
    /// <exception cref="JobFailedException">an artifact is missing or damaged, or the disk refuses</exception>
    public static string Write(SweepReadModel sweep, string folder, IReadOnlyCollection<string>? detailed = null, string? times = null)
    {
        var store = new ArtifactStore(folder);
        var report = ReportBuilder.Build(sweep);
        store.WriteBytes("report.json", ReportBuilder.ToJson(report));

        var page = ReportPageBuilder.Build(report, ReportInputs.Load(report, store, detailed)) with { Footer = times };
        WriteMarkdown(page, store, "report.md");
        store.WriteBytes(HtmlName, Encoding.UTF8.GetBytes(HtmlRenderer.Render(page)));
        return store.FullPath(HtmlName);
    }

    /// <summary>Writes <paramref name="page"/> as Markdown, with its drawings in plots/ beside it.</summary>
    /// <returns>the absolute path of the Markdown</returns>
    /// <exception cref="JobFailedException">the disk refuses</exception>
    public static string WriteMarkdown(ReportPage page, ArtifactStore store, string name)
    {
        foreach (var figure in page.Sections.SelectMany(s => s.Folded.Prepend(s)).SelectMany(s => s.Figures))
            store.WriteBytes($"plots/{figure.Name}.svg", Encoding.UTF8.GetBytes(figure.Drawing.ToFile()));
        store.WriteBytes(name, Encoding.UTF8.GetBytes(MarkdownRenderer.Render(page)));
        return store.FullPath(name);
    }
}
