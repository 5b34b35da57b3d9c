namespace Sweeps.Architecture.Tests;

/// <summary>A type that is not nested.</summary>
internal readonly record struct TypeName(string Namespace, string Name)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Namespace}.{Name}";
}
