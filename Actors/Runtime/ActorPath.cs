namespace Sweeps.Actors.Runtime;

/// <summary>The place of an actor in its system's tree, e.g. <c>/user/sweep/trial-17</c>. Equal when the text is equal.</summary>
/// <remarks>A path names a place, not an incarnation: a stopped actor and its successor of the same name share it.</remarks>
public sealed record ActorPath
{
    private readonly string _text;

    private ActorPath(string text) => _text = text;

    /// <summary>The root of the actors that users create.</summary>
    internal static ActorPath User { get; } = new("/user");

    /// <summary>The last part of the path.</summary>
    public string Name => _text[(_text.LastIndexOf('/') + 1)..];

    /// <summary>A place outside the tree, e.g. that of the promise behind an Ask.</summary>
    internal static ActorPath Special(string name) => new("/" + name);

    /// <summary>The path of a child.</summary>
    internal ActorPath Child(string name) => new($"{_text}/{name}");

    /// <summary>The whole path.</summary>
    public override string ToString() => _text;

    /// <summary>A name is one or more of letters, digits and <c>-_.~:@!=+,</c>.</summary>
    internal static void CheckName(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && !"-_.~:@!=+,".Contains(c, StringComparison.Ordinal))
                throw new InvalidActorNameException($"actor name '{name}' holds '{c}'; expected letters, digits and -_.~:@!=+,");
        }
    }
}
