namespace Sweeps.Simulator;

/// <summary>What simulated parts of a process see of it, and of the world that it lives in.</summary>
internal interface ILife
{
    /// <summary>Tells it apart from all others; from 1.</summary>
    int Number { get; }

    /// <summary>The clock of the part.</summary>
    TimeProvider Time { get; }

    /// <summary>After its end nothing that it still does has an effect.</summary>
    bool IsOver { get; }

    /// <summary>Whether anything may go wrong.</summary>
    bool HasFaults { get; }

    /// <summary>Why the database takes nothing of this process; null when it does.</summary>
    Exception? Refusal { get; }

    /// <summary>The process dies at this instant.</summary>
    void Crash(string where);

    /// <summary>Notes what an observer sees.</summary>
    void Note(What what, string? process, string? trial, int attempt, string text);
}
