namespace Sweeps.ModelCore.Interpretability;

/// <summary>How a name was used at the place where it last stood.</summary>
internal enum NameRole
{
    /// <summary>It has not stood in the document yet, or the token does not end in a name.</summary>
    None,

    /// <summary>Its value was read.</summary>
    Read,

    /// <summary>It was called.</summary>
    Called,

    /// <summary>A value was assigned to it.</summary>
    Assigned,

    /// <summary>It named an argument of a call.</summary>
    Argument,

    /// <summary>It was a parameter of a function.</summary>
    Parameter,

    /// <summary>It stood behind a dot.</summary>
    Attribute,

    /// <summary>It was bound by <c>for</c>, <c>as</c> or <c>import</c>.</summary>
    Bound,

    /// <summary>It was the name of a function or a class where that was defined.</summary>
    Defined,
}
