using Sweeps.Actors.Devices;
using Sweeps.Actors.Sweeps;
using Sweeps.Orchestrator.Configuration;

namespace Sweeps.Orchestrator.Cli.Running;

/// <summary>What a sweep file says otherwise than the sweep that its folder holds.</summary>
internal static class SpecChange
{
    /// <summary>Shows what would be new in the folder's sweep, and asks whether it is meant, unless that is known.</summary>
    /// <param name="spec">the file's</param>
    /// <param name="folder">absolute; may hold no sweep</param>
    /// <param name="store">where its journal is looked for</param>
    /// <param name="extend">whether growth is meant; then nobody is asked</param>
    /// <param name="terminal">where it is shown and asked</param>
    /// <param name="json">whether nothing but JSON may be written: nobody is asked</param>
    /// <exception cref="CliException">the file changes what has been found, or the growth is not meant</exception>
    public static void Check(SweepSpec spec, string folder, StoreOptions store, bool extend, Terminal terminal, bool json)
    {
        if (Stored(folder, store) is not { } stored) return;
        if (!SpecGrowth.IsGrowth(stored, spec))
        {
            // Nothing is there that could be changed or lost: what there was of it has failed.
            if (SweepReadModel.MayBecome(SweepFolder.Read(folder, store), spec)) return;
            throw Refuse(stored, spec, folder);
        }
        var differences = SpecDifference.Between(stored, spec);
        if (extend || differences.All(difference => SpecGrowth.ChangesNoResult(difference.Key))) return;
        var grown = $"{folder} holds this sweep, and the file adds to it (there → in the file):{Lines(differences)}";
        if (json || !terminal.Confirm($"{grown}\nExtend the sweep? Only what is new is run. [y/N] "))
        {
            throw new CliException(
                ExitCode.Refused,
                $"{grown}\n`sweeps extend {folder} FILE`, or --extend, goes on with it; --dir begins another sweep elsewhere.");
        }
    }

    /// <summary>The refusal of a file that changes what is there, with the reason for each option.</summary>
    public static CliException Refuse(SweepSpec stored, SweepSpec given, string folder)
    {
        var changed = SpecDifference.Between(stored, SpecGrowth.Without(stored, given));
        return new CliException(
            ExitCode.Refused,
            $"{folder} holds this sweep with other options (there → in the file):{Lines(changed, because: true)}\n"
                + "A sweep may grow, but not change: docs/sweep-file.md says what may be added. "
                + "Give the new one another folder with --dir, or undo the change to go on with the old one.");
    }

    private static string Lines(IEnumerable<SpecDifference> differences, bool because = false) =>
        string.Concat(differences.Select(difference =>
        $"\n  {difference.Key}: {difference.Before} → {difference.After}{(because ? $"; {SpecGrowth.WhyNot(difference.Key)}" : "")}"));

    /// <summary>The description of the folder's sweep; null when none was begun there.</summary>
    /// <exception cref="CliException">it cannot be read</exception>
    public static SweepSpec? Stored(string folder, StoreOptions store)
    {
        if (!SweepFolder.HasSweep(folder)) return null;
        try
        {
            return SweepReadModel.ReadSpec(SweepFolder.Read(folder, store));
        }
        catch (Exception e) when (e is JournalException or JournalCorruptException)
        {
            throw new CliException(ExitCode.Environment, e.Message, e);
        }
    }
}
