using Sweeps.Actors.Journal;

namespace Sweeps.Orchestrator.Cli.Doctor;

/// <summary>Names the libraries that actors and journals are made with.</summary>
internal static class LibraryCheck
{
    public static Check Run() =>
        new("libraries", CheckStatus.Ok, string.Join(", ", JournalProbe.Versions.Select(library => $"{library.Name} {library.Version}")));
}
