namespace Sweeps.Actors.Tests.Journal;

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TempFolder : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("sweeps-journal-").FullName;

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
