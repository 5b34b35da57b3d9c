namespace Sweeps.Actors.Tests.Persistence;

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TestFolder : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("sweeps-journal-").FullName;

    public string Journal => Path.Combine(Root, "journal.db");

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
