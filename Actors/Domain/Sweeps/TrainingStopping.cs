namespace Sweeps.Domain.Sweeps;

/// <summary>By which rule trainings are stopped that fall behind the others of their group.</summary>
public enum TrainingStopping
{
    /// <summary>None is.</summary>
    None,

    /// <summary>
    /// The median stopping rule of Golovin et al. 2017 (Google Vizier): one whose loss at a rung is above the median of those before it is
    /// stopped, from three of them on.
    /// </summary>
    Median,

    /// <summary>
    /// Asynchronous successive halving in its stopping variant (Li et al. 2020, Ray Tune): only the best 1 / reduction of those that have
    /// come to a rung go on.
    /// </summary>
    Asha,
}
