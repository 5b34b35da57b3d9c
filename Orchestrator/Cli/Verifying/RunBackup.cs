using Sweeps.Actors.Devices;
using Sweeps.Actors.Journal;
using Sweeps.Domain.Audit;
using Sweeps.Actors.Sweeps;

namespace Sweeps.Orchestrator.Cli.Verifying;

/// <summary>
/// Copies a run's folder, also while it is run: the journal first, as of one instant, then the files that this copy names. That order is
/// safe since a file is whole
/// and synced before an event names it, and never changes afterwards; files that come later are named by no event of the copy. Only
/// checkpoints of trials at work are
/// replaced: where one has gone, the journal is copied once more.
/// The copy's journal is a SQLite file also where the original's is in PostgreSQL.
/// </summary>
/// <param name="folder">the run's</param>
/// <param name="store">where its journal is</param>
/// <param name="destination">the copy's</param>
/// <param name="progress">is told of files</param>
internal sealed class RunBackup(string folder, StoreOptions store, string destination, FileProgress progress)
{
    // Checkpoints are kept until the one after the next: once is almost always enough.
    private const int MaxRounds = 5;

    // Under its own name the journal makes a run of the folder: it gets it when everything else is there.
    private const string Unfinished = SweepFolder.JournalName + ".unfinished";

    private readonly ArtifactStore _from = new(folder);
    private readonly ArtifactStore _to = new(destination);
    private readonly HashSet<ArtifactRef> _copied = [];
    private int _files;
    private long _bytes;

    /// <summary>Copies it.</summary>
    /// <exception cref="CliException">the destination is not empty, or something cannot be read or written</exception>
    public void Run()
    {
        if (Directory.EnumerateFileSystemEntries(_to.Root).Any())
            throw new CliException(ExitCode.Invalid, $"{destination} is not empty: expected a folder that is empty or not there");
        try
        {
            var journal = SweepFolder.Read(folder, store);
            var unfinished = _to.FullPath(Unfinished);
            for (var round = 1; ; round++)
            {
                File.Delete(unfinished);
                journal.CopyTo(unfinished);
                var gone = Copy(JournalAudit.Of(new JournalReader(new JournalStore.Sqlite(unfinished))));
                if (gone is null || round == MaxRounds) break;
            }
            foreach (var name in (string[])[SweepFolder.SpecName, "report.json", "report.md", "report.html"]) CopyIfThere(name);
            var plots = _from.FullPath("plots");
            foreach (var plot in Directory.Exists(plots) ? Directory.GetFiles(plots) : []) CopyIfThere($"plots/{Path.GetFileName(plot)}");
            using (var journalCopy = File.OpenRead(unfinished)) _to.Write(SweepFolder.JournalName, journalCopy.CopyTo);
            File.Delete(unfinished);
        }
        catch (Exception e) when (e is JournalException or JournalCorruptException or JobFailedException or IOException
            or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Environment, $"{e.Message}; what was copied to {destination} is no whole run: delete it", e);
        }
    }

    /// <summary>Copies what is not there yet.</summary>
    /// <returns>a checkpoint that was replaced before it could be copied, or null</returns>
    private NamedFile? Copy(JournalAudit audit)
    {
        NamedFile? gone = null;
        var open = audit.Files.Where(named => !_copied.Contains(named.File)).ToList();
        var (files, total) = (_files + open.Count, _bytes + open.Sum(named => named.File.Bytes));
        foreach (var named in open)
        {
            try
            {
                Copy(named.File);
                _copied.Add(named.File);
                progress.Report(++_files, files, _bytes += named.File.Bytes, total);
            }
            catch (Exception e) when (named.IsCheckpoint && (e is FileNotFoundException or DirectoryNotFoundException))
            {
                gone ??= named;
            }
        }
        return gone;
    }

    private void Copy(ArtifactRef file)
    {
        using var source = File.OpenRead(_from.FullPath(file.Path));
        try
        {
            _to.WriteCopy(file, target =>
            {
                source.Position = 0;
                source.CopyTo(target);
            });
        }
        catch (InvalidDataException e)
        {
            throw new IOException($"{folder}: {e.Message}; `sweeps verify {folder}` says more", e);
        }
    }

    private void CopyIfThere(string name)
    {
        if (!File.Exists(_from.FullPath(name))) return;
        using var source = File.OpenRead(_from.FullPath(name));
        _to.Write(name, source.CopyTo);
    }
}
