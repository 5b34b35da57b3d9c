namespace Sweeps.Contracts;

/// <summary>Where in the dense model a change is added.</summary>
public enum InterventionPlace
{
    /// <summary>To what one sublayer reads, behind its norm: no other sublayer sees it.</summary>
    Read,

    /// <summary>To the residual before that sublayer: all that comes behind sees it.</summary>
    Residual,
}
