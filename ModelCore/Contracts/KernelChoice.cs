namespace Sweeps.Contracts;

/// <summary>Which code multiplies by the weights. The choice shows in results, but only in the last bits of floating point.</summary>
public enum KernelChoice
{
    /// <summary>Sparse kernels where they pay, a function of device, shape and density alone; else dense products.</summary>
    Auto,

    /// <summary>Dense products, whatever the density.</summary>
    Dense,

    /// <summary>Sparse kernels, whatever the density; refused where there are none.</summary>
    Sparse,
}
