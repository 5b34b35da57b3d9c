namespace Sweeps.Orchestrator.Cli.Doctor;

/// <summary>Checks that a folder can hold sweeps: that it can be written, has room, and that a journal works there.</summary>
internal static class StorageChecks
{
    private const long Least = 512L << 20;
    private const long Comfortable = 4L << 30;

    /// <summary>
    /// Checks <paramref name="folder"/>, or where it is missing the folder that it would be created in, and leaves nothing behind.
    /// </summary>
    /// <param name="folder">where sweeps are kept</param>
    /// <param name="tryJournal">opens a journal in a folder, writes to it and reads it back</param>
    public static async Task<IReadOnlyList<Check>> RunAsync(string folder, Func<string, Task> tryJournal)
    {
        var place = Path.GetFullPath(folder);
        while (!Directory.Exists(place)) place = Path.GetDirectoryName(place)!;
        var trial = Path.Combine(place, $".sweeps-doctor-{Environment.ProcessId}");
        try
        {
            Directory.CreateDirectory(trial);
            await File.WriteAllTextAsync(Path.Combine(trial, "file"), "written by sweeps doctor");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [new Check(
                "folder", CheckStatus.Failed, $"{place} cannot be written: {e.Message}", "another folder with --dir, or chmod")];
        }
        try
        {
            return [new Check("folder", CheckStatus.Ok, $"{place} can be written"), await JournalAsync(trial, tryJournal), Space(place)];
        }
        finally
        {
            Directory.Delete(trial, recursive: true);
        }
    }

    private static async Task<Check> JournalAsync(string folder, Func<string, Task> tryJournal)
    {
        try
        {
            await tryJournal(folder);
            return new Check("journal", CheckStatus.Ok, "SQLite writes, syncs and reads back there");
        }
        catch (Exception e)
        {
            // Whatever a database or its native library may throw is what this command is there to show.
            return new Check(
                "journal", CheckStatus.Failed, e.Message, "a local disk: SQLite's locks do not work on every network file system");
        }
    }

    private static Check Space(string place)
    {
        var free = new DriveInfo(place).AvailableFreeSpace;
        var found = $"{Human.Bytes(free)} free";
        if (free < Least)
            return new Check("disk space", CheckStatus.Failed, found, $"at least {Human.Bytes(Least)}, or another disk with --dir");
        return free < Comfortable
            ? new Check("disk space", CheckStatus.Warning, found, "`sweeps run FILE --dry-run` says what a sweep takes")
            : new Check("disk space", CheckStatus.Ok, found);
    }
}
