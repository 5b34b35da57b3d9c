using System.Globalization;
using Spectre.Console;

namespace Sweeps.Orchestrator.Cli.Verifying;

/// <summary>Shows what a check gave.</summary>
internal static class VerificationPrinter
{
    /// <summary>Writes <paramref name="found"/>, as one object of JSON or for people.</summary>
    public static void Print(Verification found, Terminal terminal, bool json)
    {
        if (json)
        {
            terminal.Json(new { @event = "verified", result = found });
            return;
        }
        foreach (var finding in found.Findings)
        {
            var (word, colour) = finding.IsNote ? ("note   ", "yellow") : ("WRONG  ", "red");
            terminal.Ansi.MarkupLine($"[{colour}]{word}[/]  {Markup.Escape(finding.File)}: {Markup.Escape(finding.Problem)}");
            terminal.Ansi.MarkupLine($"{"",9}[{colour}]fix:[/] {Markup.Escape(finding.Fix)}");
        }
        var status = found.Status?.ToString().ToLowerInvariant() ?? "no sweep in its journal";
        terminal.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{found.Folder}: {status}{(found.Running ? ", running now" : "")}; {found.Events:N0} events of {found.Trials:N0} trials, "
                + $"{found.Files:N0} files ({Human.Bytes(found.Bytes)}), {found.Circuits:N0} circuits"));
        terminal.Line(found.Sound ? "Sound: everything is as the journal says." : $"{found.Findings.Count(f => !f.IsNote)} wrong.");
    }
}
