namespace Sweeps.ModelCore.Interpretability;

/// <summary>Where each name of a document last stood, and how it was used there.</summary>
internal sealed class NameUses
{
    private readonly Dictionary<string, (int Token, NameRole Role)> _uses = [];
    private string? _open; // the last name, while what follows may still say what it is
    private NameRole _assigned; // what it is if no second "=" follows

    public void Clear()
    {
        _uses.Clear();
        (_open, _assigned) = (null, NameRole.None);
    }

    /// <summary>The last use of a name; null if it has not stood yet.</summary>
    public (int Token, NameRole Role)? Find(string name) => _uses.TryGetValue(name, out var use) ? use : null;

    /// <summary>A name has ended.</summary>
    /// <param name="name">the name</param>
    /// <param name="token">the number of the token in which it was seen to end</param>
    /// <param name="role">what stands before it says</param>
    public void Add(string name, int token, NameRole role)
    {
        Settle();
        _uses[name] = (token, role);
        _open = role is NameRole.Read ? name : null;
    }

    /// <summary>An operator follows.</summary>
    /// <param name="b">its first byte</param>
    /// <param name="inCall">whether this is directly inside the brackets of a call</param>
    public void Followed(byte b, bool inCall)
    {
        if (_open is null) return;
        if (_assigned != NameRole.None)
        {
            if (b == '=') _open = null; // a comparison
            Settle();
        }
        else if (b == '=')
        {
            _assigned = inCall ? NameRole.Argument : NameRole.Assigned;
        }
        else
        {
            if (b == '(') _uses[_open] = (_uses[_open].Token, NameRole.Called);
            _open = null;
        }
    }

    /// <summary>What follows says no more of the last name.</summary>
    public void Settle()
    {
        if (_open is { } name && _assigned != NameRole.None) _uses[name] = (_uses[name].Token, _assigned);
        (_open, _assigned) = (null, NameRole.None);
    }
}
