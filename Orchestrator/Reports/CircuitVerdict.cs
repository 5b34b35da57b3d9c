namespace Sweeps.Orchestrator.Reports;

/// <summary>What became of a task in a model, in the order in which reports count: <see cref="CircuitVerdicts"/> decides.</summary>
internal enum CircuitVerdict
{
    /// <summary>The circuit is sufficient and necessary, both on the test pairs.</summary>
    Holds,

    /// <summary>Sufficient on the test pairs; the model without it still does better than guessing.</summary>
    SufficientOnly,

    /// <summary>At the target on the test pairs; nothing else was checked.</summary>
    NotValidated,

    /// <summary>At the target on the validation pairs that it was chosen by, and not on the test pairs.</summary>
    MissesOnTest,

    /// <summary>No circuit of the search reaches the target on the validation pairs.</summary>
    MissesTarget,

    /// <summary>The target is reached without any edge: embedding and bigram table answer the task.</summary>
    Empty,

    /// <summary>The whole model is nearer to guessing than to the target.</summary>
    NotLearned,

    /// <summary>The task could not be measured, or every pruning failed.</summary>
    Failed,

    /// <summary>Not known yet.</summary>
    Open,
}
