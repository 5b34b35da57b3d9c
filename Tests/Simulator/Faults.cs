namespace Sweeps.Simulator;

/// <summary>
/// How often what goes wrong. Each seed draws about half of the kinds and leaves the others out: some bugs need many faults of one kind,
/// and are
/// hidden by others.
/// </summary>
internal sealed record Faults
{
    /// <summary>Nothing ever goes wrong.</summary>
    public static Faults None { get; } = new();

    /// <summary>Per start of a device: there is no process.</summary>
    public double LaunchFails { get; init; }

    /// <summary>Per start: the process never says hello.</summary>
    public double StartHangs { get; init; }

    /// <summary>Per start: the process dies before its hello.</summary>
    public double StartDies { get; init; }

    /// <summary>Per job: the process dies somewhere in it.</summary>
    public double JobDies { get; init; }

    /// <summary>Per job: it stops going on, while its process still beats.</summary>
    public double JobHangs { get; init; }

    /// <summary>Per job: its process stands still, beats and all, and goes on some time later unless it was killed.</summary>
    public double Freezes { get; init; }

    /// <summary>Per job: it fails by the world's fault, such as a full disk.</summary>
    public double WorldFails { get; init; }

    /// <summary>Per process that ended in a job: its answer comes all the same, after its end.</summary>
    public double LateAnswers { get; init; }

    /// <summary>Per commit: it takes long.</summary>
    public double SlowWrites { get; init; }

    /// <summary>Per commit: it cannot be written, and nothing of it is there.</summary>
    public double FailedWrites { get; init; }

    /// <summary>
    /// Per commit: it cannot be synced. The journal is of no more use to its process, and what is on disk shows when it is opened again.
    /// </summary>
    public double FailedSyncs { get; init; }

    /// <summary>Per read of the journal: it cannot be read just now.</summary>
    public double FailedReads { get; init; }

    /// <summary>Turns between crashes of the orchestrator, on average; 0: none.</summary>
    public double TurnsToCrash { get; init; }

    /// <summary>Per commit: the orchestrator dies between its write and its sync.</summary>
    public double CrashesInCommits { get; init; }

    /// <summary>Per turn: the orchestrator is told to stop in order.</summary>
    public double Stops { get; init; }

    /// <summary>Per message about the beginning or the end of an attempt: it arrives a second time, late.</summary>
    public double Repeats { get; init; }

    public static Faults Draw(Chance chance)
    {
        double Maybe(double low, double high) => chance.Happens(0.5) ? chance.Magnitude(low, high) : 0;
        return new Faults
        {
            LaunchFails = Maybe(0.02, 0.3),
            StartHangs = Maybe(0.02, 0.2),
            StartDies = Maybe(0.02, 0.3),
            JobDies = Maybe(0.02, 0.3),
            JobHangs = Maybe(0.01, 0.15),
            Freezes = Maybe(0.02, 0.3),
            WorldFails = Maybe(0.02, 0.3),
            LateAnswers = Maybe(0.3, 1),
            SlowWrites = Maybe(0.01, 0.2),
            FailedWrites = Maybe(0.005, 0.1),
            FailedSyncs = Maybe(0.0005, 0.01),
            FailedReads = Maybe(0.001, 0.02),
            TurnsToCrash = chance.Happens(0.7) ? chance.Magnitude(200, 20_000) : 0,
            CrashesInCommits = Maybe(0.001, 0.05),
            Stops = chance.Happens(0.3) ? 1 / chance.Magnitude(500, 20_000) : 0,
            Repeats = Maybe(0.05, 0.5),
        };
    }
}
