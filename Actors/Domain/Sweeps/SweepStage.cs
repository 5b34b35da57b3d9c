namespace Sweeps.Domain.Sweeps;

/// <summary>The stages of a sweep, in order. They overlap: a model goes on as soon as its group is trained.</summary>
public enum SweepStage
{
    /// <summary>Corpus and tokenizer.</summary>
    Prepare,

    /// <summary>All models.</summary>
    Train,

    /// <summary>The unpruned models on the tasks.</summary>
    Evaluate,

    /// <summary>The searches for circuits.</summary>
    Search,

    /// <summary>The circuits that the attribution baseline finds, where it is asked for.</summary>
    Attribution,

    /// <summary>What the best circuit of each search claims, checked, where that is asked for.</summary>
    Validate,

    /// <summary>The smallest circuits of the best pruning of each search for several target losses, where that is asked for.</summary>
    Curve,

    /// <summary>The best circuit of each search with its edges pruned, where that is asked for.</summary>
    Edges,

    /// <summary>The circuits that imported models were published with, where there are any.</summary>
    Given,

    /// <summary>Sparse autoencoders of the models' activations, where there are any.</summary>
    Autoencoders,

    /// <summary>The autoencoders of a location compared with each other and with the baselines.</summary>
    Dictionaries,

    /// <summary>What the features of autoencoders and baselines mean.</summary>
    Features,

    /// <summary>How few features of a location carry a task.</summary>
    Ablations,

    /// <summary>Masks of nodes that are channels, or features of autoencoders.</summary>
    BasisPrunings,

    /// <summary>The smallest circuits of these, with their edges counted.</summary>
    BasisCircuits,

    /// <summary>The bridges that models were trained together with, measured.</summary>
    Bridges,

    /// <summary>Nodes of circuits changed in the dense model, through bridges.</summary>
    Interventions,

    /// <summary>The same for the models that are trained alone, through decoders that are fitted.</summary>
    Ridges,
}
