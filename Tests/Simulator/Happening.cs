using System.Globalization;

namespace Sweeps.Simulator;

/// <summary>What a happening is.</summary>
internal enum What
{
    /// <summary>The orchestrator begins a life.</summary>
    Started,

    /// <summary>A life of the orchestrator ends, by a crash or in order.</summary>
    Ended,

    /// <summary>The sweep was said to be complete.</summary>
    Completed,

    /// <summary>A device was told to run a job.</summary>
    Told,

    /// <summary>A device said that a job has its result, or failed by its own fault.</summary>
    Answered,

    /// <summary>A device said that it stopped a job, or that the world failed it.</summary>
    GaveUp,

    /// <summary>A result, or a failure by the job's own fault, after the end of the process was reported.</summary>
    AnsweredLate,

    /// <summary>A device's process ended.</summary>
    Exited,

    /// <summary>Something went wrong with a device, or with the journal; for the trace.</summary>
    Fault,

    /// <summary>Somebody was told that a trial has succeeded.</summary>
    ShownSucceeded,

    /// <summary>A checkpoint of a trial, or the folder with all of them, was deleted.</summary>
    Deleted,

    /// <summary>The orchestrator logged an error; for the trace.</summary>
    Logged,

    /// <summary>An answer was refused by its trial; for the trace.</summary>
    Refused,

    /// <summary>An actor was sent what it has no use for.</summary>
    Unhandled,
}

/// <summary>One line of what an observer outside of the orchestrator saw.</summary>
/// <param name="At">virtual time since the beginning of the first life</param>
/// <param name="Life">of the orchestrator, from 1</param>
/// <param name="Durable">events that a crash at this moment would leave</param>
/// <param name="What">what</param>
/// <param name="Process">the device process, unique over all lives, or null</param>
/// <param name="Trial">whose job, or null</param>
/// <param name="Attempt">its fencing number, or 0</param>
/// <param name="Text">the job or its result as JSON, a path, or a reason</param>
internal sealed record Happening(TimeSpan At, int Life, int Durable, What What, string? Process, string? Trial, int Attempt, string Text)
{
    /// <summary>A line of a trace.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{At.TotalSeconds,9:0.000} life {Life} durable {Durable,4} {What,-14} {Process} {Trial}{(Attempt > 0 ? $" #{Attempt}" : "")} "
            + $"{(Text.Length > 160 ? Text[..160] + "…" : Text)}");
}
