namespace Sweeps.Search;

/// <summary>One named dimension of a search.</summary>
/// <param name="Name">how files and results spell it, e.g. <c>k_coef</c></param>
/// <param name="Space">its values</param>
/// <param name="Center">where the search begins, in user units; inside the bounds</param>
public sealed record Parameter(string Name, ParameterSpace Space, double Center);

/// <summary>The ordered, named parameters of a search. The order is part of the space: vectors have no names.</summary>
public sealed record SearchSpace
{
    /// <summary>The dimensions, in order.</summary>
    public required ValueList<Parameter> Parameters { get; init; }

    /// <summary>Number of dimensions.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public int Dimensions => Parameters.Count;

    /// <summary>The centre in user units.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public ValueList<double> Center => Parameters.Select(p => p.Center).ToValueList();

    /// <summary>Basic coordinates of <paramref name="values"/>, which are user units in the space's order.</summary>
    public ValueList<double> ToBasic(ValueList<double> values)
    {
        RequireDimensions(values.Count);
        var parameters = Parameters;
        return values.Select((value, d) => parameters[d].Space.ToBasic(value)).ToValueList();
    }

    /// <summary>The values of a suggestion by name, in the space's order.</summary>
    public IReadOnlyDictionary<string, double> Named(ValueList<double> values)
    {
        RequireDimensions(values.Count);
        var named = new OrderedDictionary<string, double>(StringComparer.Ordinal);
        for (var d = 0; d < Dimensions; d++) named.Add(Parameters[d].Name, values[d]);
        return named;
    }

    /// <summary>Whether every value (user units) may be suggested.</summary>
    public bool Contains(ValueList<double> values)
    {
        RequireDimensions(values.Count);
        for (var d = 0; d < Dimensions; d++)
            if (!Parameters[d].Space.Contains(values[d])) return false;
        return true;
    }

    /// <summary>What is wrong with this space, one sentence each with the parameter's name; empty when nothing is.</summary>
    public IEnumerable<string> Validate()
    {
        if (Dimensions == 0) yield return "the space has no parameters: expected at least one";
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, space, center) in Parameters)
        {
            if (string.IsNullOrWhiteSpace(name)) yield return "a parameter has no name";
            else if (!names.Add(name)) yield return $"{name} is named twice";
            var problems = space.Validate().ToList();
            foreach (var problem in problems) yield return $"{name}: {problem}";
            if (problems.Count == 0 && !space.Contains(center))
                yield return $"{name}: center is {center}: expected "
                    + $"{(space.IsInteger ? $"a multiple of {space.RoundingFactor} from" : "a value between")} {space.Min} "
                    + $"{(space.IsInteger ? "to" : "and")} {space.Max}";
        }
    }

    private void RequireDimensions(int count)
    {
        if (count != Dimensions) throw new SearchException($"a point has {count} values: expected {Dimensions}, one per parameter");
    }
}
