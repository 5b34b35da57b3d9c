namespace Sweeps.Contracts;

/// <summary>
/// Which part of a task's pairs: masks are trained on one, chosen on the second, reported on the third. They share no identifier.
/// </summary>
public enum TaskSplit
{
    /// <summary>For training masks.</summary>
    Train,

    /// <summary>For bisection and the search of hyperparameters.</summary>
    Validation,

    /// <summary>For the report.</summary>
    Test,
}
